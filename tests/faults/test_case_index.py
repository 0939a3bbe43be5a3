"""Faults that were reported with a file or a few lines each, and the test that stands for each kind since."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
READERS, STREAMS = "faults/test_reader_faults.py", "app/cli/test_streams.py"
IMPORTS, FOREIGN = "faults/test_refused_imports.py", "calibration/test_foreign.py"
CASES = {
    "a bad photo ends the training": "models/test_photos.py::"
    "test_bad_photos_are_left_out_of_training_and_judging_alike",
    "a card that never ends": f"{READERS}::test_what_is_no_file_is_refused_in_words",
    "a ChArUco board of another dictionary": "calibration/test_board.py::"
    "test_a_charuco_board_of_another_kind_is_told_as_that",
    "a closed standard output": f"{STREAMS}::test_a_closed_output_changes_nothing_but_that_nobody_reads_it",
    "a colon in a name": f"{READERS}::test_a_path_is_never_a_protocol",
    "an errno instead of an error": "app/cli/test_overwriting.py::test_an_output_that_cannot_be_is_one_error_in_words",
    "escapes in errors": f"{STREAMS}::test_no_escape_reaches_the_terminal",
    "a full standard output": f"{STREAMS}::test_a_full_output_is_one_line_and_exit_code_1",
    "a hint that names no flag": "app/cli/calibrate/test_calibrate.py::test_the_hints_of_an_import_name_its_flags",
    "IP cameras of two sizes": "app/sources/cameras/test_camera_source.py::"
    "test_what_helps_cameras_of_two_sizes_depends_on_what_they_are",
    "JSON with NaN": f"{STREAMS}::test_a_card_with_nan_is_null_in_json",
    "Kalibr's chain": f"{FOREIGN}::test_kalibrs_chain_is_read",
    "KITTI's raw calibration": f"{FOREIGN}::test_kittis_raw_calibration_is_read",
    "a link to itself": f"{READERS}::test_what_is_no_file_is_refused_in_words",
    "a network of Lua torch": f"{IMPORTS}::test_a_network_of_another_program_is_called_by_its_name",
    "shadow files of macOS": "app/offline/test_jobs.py::test_hidden_files_are_no_pictures_of_a_folder",
    "a network for ten pictures": f"{IMPORTS}::test_a_network_for_several_pictures_is_told_as_that",
    "a network in two files": f"{IMPORTS}::test_how_to_write_one_file_is_told_where_a_network_lies_in_two",
    "settings from Windows' editor": f"{READERS}::test_settings_may_begin_with_the_mark_of_windows_editor",
    "an older PyAV shifts the colours": f"{READERS}::test_a_film_is_read_by_its_own_matrix",
    "one broken picture ends the batch": "faults/test_stylize_bad_input.py::"
    "test_a_batch_goes_on_past_broken_pictures_and_a_second_run_paints_what_is_missing",
    "one camera upside down": "calibration/test_solve.py::test_a_camera_mounted_or_set_the_other_way_is_told_as_that",
    "OpenCV's log on the terminal": f"{READERS}::test_no_line_of_a_library_reaches_the_terminal",
    "an output folder with a dot": "app/offline/test_jobs.py::test_one_picture_goes_into_what_ends_in_a_slash",
    "a temporary that follows a link": "app/core/test_files.py::test_a_temporary_is_never_opened_through_a_link",
    "a path that is a URL": f"{READERS}::test_a_path_is_never_a_protocol",
    "a picture that never ends": f"{READERS}::test_what_is_no_file_is_refused_in_words",
    "poses that are none": f"{READERS}::test_numbers_that_mean_nothing_are_named_by_file_line_and_value",
    "a rig that is overwritten": "app/cli/test_overwriting.py::"
    "test_trims_set_by_eye_are_not_lost_to_a_second_calibration",
    "camera_info of ROS": f"{FOREIGN}::test_the_two_files_of_ros_are_read_in_any_order",
    "a storage that nests deep": f"{FOREIGN}::test_files_made_to_break_a_parser_are_refused",
    "a superscript in a name": f"{READERS}::test_names_with_other_digits_are_sorted_like_any_name",
    "tags that are not UTF-8": f"{READERS}::test_tags_that_are_not_utf_8_do_not_matter",
    "SIGTERM loses the video": "faults/test_ending_signals.py::test_a_session_completes_its_video_recording_and_report",
    "times with a gap of years": f"{READERS}::test_numbers_that_mean_nothing_are_named_by_file_line_and_value",
    "times in seconds": f"{READERS}::test_times_are_seconds_unless_they_cannot_be",
    "times without a number": f"{READERS}::test_numbers_that_mean_nothing_are_named_by_file_line_and_value",
    "a long number in TOML": f"{READERS}::test_a_settings_file_that_no_hand_wrote_is_an_error_like_others",
    "a cut or flipped network in the cache": "app/stylize/test_compiled_cache.py::test_what_is_damaged_is_not_there",
    "a flipped room in the cache": "app/sources/synthetic/test_room_loop.py::test_a_flipped_bit_is_noticed_and_mended",
    "a pack that is half written": "faults/test_ended_programs.py::test_what_a_command_writes_is_whole_or_absent",
}


@pytest.mark.parametrize("case", CASES)
def test_every_reported_fault_has_its_test(case: str) -> None:
    file, _, name = CASES[case].partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert name in tests
