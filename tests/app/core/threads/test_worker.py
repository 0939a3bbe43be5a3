import threading

from patience import PATIENCE_S

from allaprima.app.core.threads.worker import Worker


def run(step, stop: threading.Event | None = None) -> tuple[Worker, list[str]]:
    done: list[str] = []
    worker = Worker("painter", step, stop or threading.Event(), lambda: done.append(threading.current_thread().name))
    worker.start()
    assert worker.join(PATIENCE_S)
    return worker, done


def test_a_step_that_returns_false_ends_the_thread_which_then_says_so():
    steps = iter([True, True, False])
    worker, done = run(lambda: next(steps))
    assert next(steps, "used up") == "used up"
    assert (worker.error, done, worker.running) == (None, ["painter"], False)


def test_what_a_step_raises_is_kept_and_the_next_in_line_is_told_all_the_same():
    fault = RuntimeError("lens cap")

    def step() -> bool:
        raise fault

    worker, done = run(step)
    assert worker.error is fault
    assert done == ["painter"]


def test_a_set_event_stops_a_thread_that_would_go_on_for_ever():
    stop = threading.Event()
    count = []

    def step() -> bool:
        count.append(1)
        if len(count) == 3:
            stop.set()
        return True

    worker, done = run(step, stop)
    assert (len(count), worker.error, done) == (3, None, ["painter"])


def test_a_worker_is_no_daemon_and_one_that_never_started_joins_at_once():
    worker = Worker("idle", lambda: False, threading.Event(), lambda: None)
    assert worker.join(0.0)
    assert not worker.running
    release, began = threading.Event(), threading.Event()

    def step() -> bool:
        began.set()
        release.wait(PATIENCE_S)
        return False

    busy = Worker("busy", step, threading.Event(), lambda: None)
    busy.start()
    assert began.wait(PATIENCE_S)
    (thread,) = [t for t in threading.enumerate() if t.name == "busy"]
    assert not thread.daemon
    assert busy.running and not busy.join(0.001)
    release.set()
    assert busy.join(PATIENCE_S)
