/* IVRInput: a controller, read through the action manifest and the bindings that the application gave. */

#include "runtime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

typedef struct { uint8_t active; uint64_t origin; uint8_t state, changed; float update; } Digital;
typedef struct { uint8_t active; uint64_t origin; float x, y, z, dx, dy, dz, update; } Analog;

_Static_assert(sizeof(Digital) == SIZE_InputDigitalActionData_t, "a button is laid out otherwise");
_Static_assert(sizeof(Analog) == SIZE_InputAnalogActionData_t, "a stick is laid out otherwise");

static const struct { const char *controller, *left, *right; } PROFILES[] = {
    {"holographic_controller", " trigger grip joystick trackpad application_menu ",
     " trigger grip joystick trackpad application_menu "},
    {"vive_controller", " trigger grip trackpad application_menu ", " trigger grip trackpad application_menu "},
    {"oculus_touch", " trigger grip joystick x y application_menu ", " trigger grip joystick a b "},
    {"knuckles", " trigger grip thumbstick trackpad a b pinch ", " trigger grip thumbstick trackpad a b pinch "},
};

static struct {
    char controller[64], manifest[512], bindings_file[512], wanted[64];
    int actions, sets, bindings, inputs;
    struct { char name[96], type[16]; } action[64];
    char set[8][96];
    struct { char path[96], mode[24], submode[16]; } source[32];
    struct { int source; char input[24], output[96]; } binding[64];
    struct { char path[96]; double held, value; int once; } input[64]; /* as it is, and as of updateActionState */
} I;

static void read_manifest(const char *path, const char *value) {
    int i = 0, used = 0;
    if (sscanf(path, "|actions|%d|%n", &i, &used) == 1 && used && i < 64) {
        if (!strcmp(path + used, "name")) COPY(I.action[i].name, value), I.actions = i + 1;
        if (!strcmp(path + used, "type")) COPY(I.action[i].type, value);
    } else if (sscanf(path, "|action_sets|%d|%n", &i, &used) == 1 && used && i < 8 && !strcmp(path + used, "name")) {
        COPY(I.set[i], value), I.sets = i + 1;
    } else if (sscanf(path, "|default_bindings|%d|%n", &i, &used) == 1 && used) {
        if (!strcmp(path + used, "controller_type")) COPY(I.wanted, value);
        if (!strcmp(path + used, "binding_url") && !strcmp(I.wanted, I.controller)) COPY(I.bindings_file, value);
    }
}

static void read_bindings(const char *path, const char *value) {
    int i = 0, used = 0;
    const char *sources = strstr(path, "|sources|");
    if (!sources || sscanf(sources, "|sources|%d|%n", &i, &used) != 1 || !used || i >= 32) return;
    const char *rest = sources + used;
    if (!strcmp(rest, "path")) COPY(I.source[i].path, value);
    if (!strcmp(rest, "mode")) COPY(I.source[i].mode, value);
    if (!strcmp(rest, "parameters|sub_mode")) COPY(I.source[i].submode, value);
    if (!strncmp(rest, "inputs|", 7) && I.bindings < 64) {
        I.binding[I.bindings].source = i;
        sscanf(rest, "inputs|%23[^|]|output", I.binding[I.bindings].input);
        COPY(I.binding[I.bindings++].output, value);
    }
}

static int find_action(const char *name) {
    for (int i = 0; i < I.actions; i++)
        if (!strcmp(I.action[i].name, name)) return i;
    return -1;
}

static int on_controller(const char *path) {
    char part[64] = "", padded[80];
    int left = sscanf(path, "/user/hand/left/input/%63s", part) == 1;
    if (!left && sscanf(path, "/user/hand/right/input/%63s", part) != 1) return 0;
    snprintf(padded, sizeof padded, " %s ", part);
    for (unsigned i = 0; i < sizeof PROFILES / sizeof *PROFILES; i++)
        if (!strcmp(PROFILES[i].controller, I.controller))
            return strstr(left ? PROFILES[i].left : PROFILES[i].right, padded) != NULL;
    return 0;
}

/* Read what the application said, anew for each kind of controller; what makes no sense is logged. */
static int load_bindings(void) {
    I.actions = I.sets = I.bindings = 0, *I.bindings_file = 0;
    memset(I.source, 0, sizeof I.source);
    if (!json_read(I.manifest, read_manifest)) return 0;
    char path[1100];
    snprintf(path, sizeof path, "%.*s/%s", (int)(strrchr(I.manifest, '/') - I.manifest), I.manifest, I.bindings_file);
    if (*I.bindings_file && !json_read(path, read_bindings)) note("{\"call\": \"bad bindings\", \"path\": \"%s\"}", path);
    for (int i = 0; i < I.bindings; i++)
        if (find_action(I.binding[i].output) < 0 || !on_controller(I.source[I.binding[i].source].path))
            note("{\"call\": \"bad binding\", \"controller\": \"%s\", \"source\": \"%s\", \"output\": \"%s\"}", I.controller,
                 I.source[I.binding[i].source].path, I.binding[i].output);
    return I.actions;
}

static int set_manifest(const char *path) {
    COPY(I.manifest, path);
    int actions = *path == '/' ? load_bindings() : 0;
    note("{\"call\": \"setActionManifestPath\", \"path\": \"%s\", \"actions\": %d}", path, actions);
    return actions ? 0 : 4;  /* invalid parameter */
}

static int action_handle(const char *name, uint64_t *handle) {
    *handle = find_action(name) + 1;
    if (!*handle) note("{\"call\": \"unknown action\", \"name\": \"%s\"}", name);
    return *handle ? 0 : 1;  /* name not found */
}

static int set_handle(const char *name, uint64_t *handle) {
    *handle = 0;
    for (int i = 0; i < I.sets; i++)
        if (!strcmp(I.set[i], name)) *handle = 1000 + i;
    return *handle ? 0 : 1;
}

static int update_actions(const uint64_t *sets, uint32_t size, uint32_t count) {
    if (count < 1 || sets[0] < 1000) return 8;  /* no active action set */
    for (int i = 0; i < I.inputs; i++) {
        I.input[i].value = I.input[i].held;
        if (I.input[i].once) I.input[i].held = I.input[i].once = 0;
    }
    return 0;
}

static double value_of(const char *source, const char *component) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", source, component);
    for (int i = 0; i < I.inputs; i++)
        if (!strcmp(I.input[i].path, path)) return I.input[i].value;
    return 0;
}

static int pressed(const char *path, const char *mode, const char *submode, const char *input) {
    if (strcmp(mode, "dpad")) return value_of(path, input) > 0.5;
    double x = value_of(path, "x"), y = value_of(path, "y");
    if (value_of(path, strcmp(submode, "click") ? "touch" : "click") < 0.5) return 0;
    if (!strcmp(input, "center")) return fabs(x) < 0.5 && fabs(y) < 0.5;
    return !strcmp(input, "north") ? y >= 0.5 : !strcmp(input, "south") ? y <= -0.5 : 0;
}

static int digital_data(uint64_t action, Digital *data, uint32_t size, uint64_t device) {
    memset(data, 0, size);
    if (action < 1 || action > (uint64_t)I.actions) return 3;  /* invalid handle */
    if (strcmp(I.action[action - 1].type, "boolean")) return 2;  /* wrong type */
    for (int i = 0; i < I.bindings; i++) {
        int s = I.binding[i].source;
        if (strcmp(I.binding[i].output, I.action[action - 1].name)) continue;
        data->active = 1;
        data->state |= pressed(I.source[s].path, I.source[s].mode, I.source[s].submode, I.binding[i].input);
    }
    return 0;
}

static int analog_data(uint64_t action, Analog *data, uint32_t size, uint64_t device) {
    memset(data, 0, size);
    if (action < 1 || action > (uint64_t)I.actions) return 3;
    if (strcmp(I.action[action - 1].type, "vector2")) return 2;
    for (int i = 0; i < I.bindings; i++) {
        const char *path = I.source[I.binding[i].source].path;
        if (strcmp(I.binding[i].output, I.action[action - 1].name) || strcmp(I.binding[i].input, "position")) continue;
        data->active = 1, data->x = value_of(path, "x"), data->y = value_of(path, "y");
    }
    return 0;
}

static int vibrate(uint64_t action, float start, float seconds, float hz, float amplitude, uint64_t device) {
    if (action < 1 || action > (uint64_t)I.actions || strcmp(I.action[action - 1].type, "vibration")) return 2;
    note("{\"call\": \"vibrate\", \"action\": \"%s\", \"seconds\": %g}", I.action[action - 1].name, seconds);
    return 0;
}

void hold(const char *path, double value, int once) {
    int i = 0;
    while (i < I.inputs && strcmp(I.input[i].path, path)) i++;
    if (i == I.inputs && I.inputs < 64) I.inputs++;
    COPY(I.input[i].path, path), I.input[i].held = value, I.input[i].once = once;
}

void take_up(const char *controller) {
    COPY(I.controller, controller);
    if (*I.manifest) load_bindings();
}

void reset_input(void) {
    memset(&I, 0, sizeof I);
    take_up("holographic_controller");
}

void fill_input(void) {
    PUT(input_table, IVRInput_setActionManifestPath, set_manifest);
    PUT(input_table, IVRInput_getActionHandle, action_handle);
    PUT(input_table, IVRInput_getActionSetHandle, set_handle);
    PUT(input_table, IVRInput_updateActionState, update_actions);
    PUT(input_table, IVRInput_getDigitalActionData, digital_data);
    PUT(input_table, IVRInput_getAnalogActionData, analog_data);
    PUT(input_table, IVRInput_triggerHapticVibrationAction, vibrate);
}
