/* An OpenVR runtime for tests: what OpenVR's own client library loads as bin/linux64/vrclient.so.

   It is commanded by lines of text, through runtime_do() or from the file named by ALLAPRIMA_OPENVR_SCRIPT, whose lines
   are "FRAME COMMAND": frame 0 before anything else, later ones when that frame is waited for. runtime_do() lists the
   commands. What it is called with goes as JSON, one call a line, to the file of the command `log`. */

#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct runtime S;
void *system_table[COUNT_IVRSystem], *compositor_table[COUNT_IVRCompositor], *input_table[COUNT_IVRInput],
    *applications_table[COUNT_IVRApplications], *camera_table[COUNT_IVRTrackedCamera];

void note(const char *format, ...) {
    FILE *file = *S.log ? fopen(S.log, "a") : NULL;
    if (!file) return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fputc('\n', file);
    fclose(file);
}

static uint64_t unimplemented(void) {
    note("{\"call\": \"unimplemented\"}");
    return 0;
}

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

enum { IPD_CHANGED = 105 };

static void queue_event(int type) {
    S.events[S.last_event] = type;
    S.last_event = (S.last_event + 1) % EVENTS;
}

static void reset(void) {
    memset(&S, 0, sizeof S);
    reset_input(), reset_applications(), reset_camera();
    S.hz = 90, S.ipd = 0.064, S.width = 96, S.height = 108, S.present = S.tracked = S.activity = S.running = 1, S.result = 200;
    S.y = 1.6, S.start = now(), S.slot = -1;
    const char *name = getenv("ALLAPRIMA_OPENVR_SCRIPT");
    FILE *file = name ? fopen(name, "r") : NULL;
    unsigned frame;
    char line[256];
    while (file && fscanf(file, "%u %255[^\n]", &frame, line) == 2 && S.lines < LINES) {
        S.script[S.lines].frame = frame;
        COPY(S.script[S.lines++].command, line);
        if (!frame) runtime_do(line);
    }
    if (file) fclose(file);
}

void runtime_do(const char *command) {
    char word[96] = "", text[512] = "";
    double a = 0, b = 0, c = 0, d = 0;
    sscanf(command, "%95s %511[^\n]", word, text);
    sscanf(text, "%lf %lf %lf %lf", &a, &b, &c, &d);
    if (!strcmp(word, "reset")) reset();
    else if (!strcmp(word, "log")) COPY(S.log, text);
    else if (!strcmp(word, "rate")) S.hz = a, S.slot = -1;               /* frames a second; 0: none is late */
    else if (!strcmp(word, "size")) S.width = a, S.height = b;           /* of an eye, pixels */
    else if (!strcmp(word, "head")) S.yaw = a, S.yaw_rate = b, S.pitch = c; /* degrees, degrees a second */
    else if (!strcmp(word, "stand")) S.x = a, S.y = b, S.z = c;          /* metres */
    else if (!strcmp(word, "ipd")) S.ipd = a, queue_event(IPD_CHANGED);  /* metres */
    else if (!strcmp(word, "event")) queue_event(a);                     /* EVREventType */
    else if (!strcmp(word, "tracked")) S.tracked = a, S.result = b ? b : 200; /* pose valid, ETrackingResult */
    else if (!strcmp(word, "activity")) S.activity = a;                  /* EDeviceActivityLevel */
    else if (!strcmp(word, "pause")) S.pause = a;                        /* the dashboard is up */
    else if (!strcmp(word, "present")) S.present = a;                    /* a headset is plugged in */
    else if (!strcmp(word, "running")) S.running = a;                    /* the server, before anybody joins */
    else if (!strcmp(word, "init")) S.init = a;                          /* EVRInitError of Init */
    else if (!strcmp(word, "wait")) S.wait = a;                          /* EVRCompositorError of WaitGetPoses */
    else if (!strcmp(word, "submit")) S.submit = a;                      /* ... of Submit */
    else if (!strcmp(word, "hang")) S.hang = a;                          /* Submit does not return */
    else if (!strcmp(word, "missing")) COPY(S.missing, text);            /* an interface version */
    else if (!strcmp(word, "lose")) S.dropped += a, S.reprojected += b;  /* frames */
    else if (!strcmp(word, "dump")) COPY(S.dump, text);                  /* next frame to TEXT-left.ppm, -right.ppm */
    else if (!strcmp(word, "controller")) take_up(text);
    else if (!strcmp(word, "hold")) sscanf(text, "%95s %lf", word, &a), hold(word, a, 0); /* PATH VALUE */
    else if (!strcmp(word, "tap")) sscanf(text, "%95s %lf", word, &a), hold(word, a, 1); /* until read */
    else if (!strcmp(word, "camera") && camera_do(text)) return;         /* what camera.c lists */
    else if (!strcmp(word, "look")) S.look = a;                              /* keep each frame for runtime_eye() */
    else note("{\"call\": \"unknown command\", \"command\": \"%s\"}", word);
}

enum { INTERFACE_NOT_FOUND = 105, NO_SERVER_FOR_BACKGROUND = 121, BACKGROUND = 3 };

static const struct { const char *version; void **table; int functions; } INTERFACES[] = {
    {VERSION_IVRSystem, system_table, COUNT_IVRSystem},
    {VERSION_IVRCompositor, compositor_table, COUNT_IVRCompositor},
    {VERSION_IVRInput, input_table, COUNT_IVRInput},
    {VERSION_IVRApplications, applications_table, COUNT_IVRApplications},
    {VERSION_IVRTrackedCamera, camera_table, COUNT_IVRTrackedCamera},
};

static void *interface(const char *version) {
    for (unsigned i = 0; i < sizeof INTERFACES / sizeof *INTERFACES; i++)
        if (!strcmp(version, INTERFACES[i].version) && strcmp(version, S.missing)) return INTERFACES[i].table;
    return NULL;
}

static int core_init(void *core, int type, const char *startup) {
    note("{\"call\": \"init\", \"type\": %d}", type);
    S.slot = -1, S.type = type, S.first_event = S.last_event = 0;
    if (type == BACKGROUND && !S.running) return NO_SERVER_FOR_BACKGROUND;
    return S.init;
}

static void core_cleanup(void *core) { note("{\"call\": \"cleanup\"}"); }
static int core_is_valid(void *core, const char *version) { return interface(version) ? 0 : INTERFACE_NOT_FOUND; }

static void *core_interface(void *core, const char *name, int *error) {
    void *table = interface(strncmp(name, "FnTable:", 8) ? name : name + 8);
    if (error) *error = table ? 0 : INTERFACE_NOT_FOUND;
    return table;
}

static uint8_t core_is_present(void *core) { return S.present; }
static const char *core_text(void *core, int error) { return "an error of the test runtime"; }

static void *core_vtable[] = {(void *)core_init, (void *)core_cleanup, (void *)core_is_valid, (void *)core_interface,
                              (void *)core_is_present, (void *)core_text, (void *)core_text};
static void **core = core_vtable;

void *VRClientCoreFactory(const char *name, int *error) {
    int known = !strcmp(name, "IVRClientCore_003");
    if (error) *error = known ? 0 : INTERFACE_NOT_FOUND;
    return known ? &core : NULL;
}

__attribute__((constructor)) static void load(void) {
    for (unsigned i = 0; i < sizeof INTERFACES / sizeof *INTERFACES; i++)
        for (int j = 0; j < INTERFACES[i].functions; j++) INTERFACES[i].table[j] = (void *)unimplemented;
    fill_headset(), fill_input(), fill_applications(), fill_camera();
    reset();
}
