/* IVRSystem and IVRCompositor: a headset whose head turns evenly, and its frames. */

#include "runtime.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { float m[3][4]; } Matrix34;
typedef struct { float m[4][4]; } Matrix44;
typedef struct { Matrix34 m; float velocity[3], spin[3]; int32_t result; uint8_t valid, connected; } DevicePose;
typedef struct { void *handle; int32_t type, colour; Matrix34 head; } Texture;  /* with the pose drawn for */
typedef struct { float *vertices; uint32_t triangles; } Mesh;
typedef struct { uint32_t size, index, presents, mispresented, dropped, flags; double time; float pre, post, total; } Timing;
typedef struct { uint32_t pid, presents, dropped, reprojected; } Stats;

_Static_assert(sizeof(DevicePose) == SIZE_TrackedDevicePose_t, "a pose is laid out otherwise");
_Static_assert(sizeof(Texture) == SIZE_VRTextureWithPose_t, "a texture is laid out otherwise");

enum { REQUEST_FAILED = 1, INVALID_TEXTURE = 102, IS_NOT_SCENE = 103, ALREADY_SUBMITTED = 108 };
enum { SCENE = 1, OPENGL = 1, WITH_POSE = 8 };

static const double OUTER = 1.13, INNER = 0.95, UP = 1.05, DOWN = 1.21;  /* tangents of the half angles */
static const double PHOTONS = 0.004;

static void target_size(uint32_t *width, uint32_t *height) { *width = S.width, *height = S.height; }

static Matrix44 projection(int eye, float near, float far) {
    double l = eye == LEFT ? OUTER : INNER, r = eye == LEFT ? INNER : OUTER;
    Matrix44 p = {{{2 / (l + r), 0, (r - l) / (l + r), 0},
                   {0, 2 / (UP + DOWN), (UP - DOWN) / (UP + DOWN), 0},
                   {0, 0, -far / (far - near), -far * near / (far - near)},
                   {0, 0, -1, 0}}};
    return p;
}

static Matrix34 eye_to_head(int eye) {
    Matrix34 m = {{{1, 0, 0, eye == LEFT ? -S.ipd / 2 : S.ipd / 2}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
    return m;
}

static DevicePose pose_at(double t) {
    double yaw = (S.yaw + S.yaw_rate * (t - S.start)) * M_PI / 180, pitch = S.pitch * M_PI / 180;
    double cy = cos(yaw), sy = sin(yaw), cp = cos(pitch), sp = sin(pitch);
    Matrix34 m = {{{cy, sy * sp, sy * cp, S.x}, {0, cp, -sp, S.y}, {-sy, cy * sp, cy * cp, S.z}}};
    DevicePose pose = {.m = m, .result = S.result, .valid = S.tracked, .connected = 1};
    return pose;
}

static void fill_poses(DevicePose *poses, uint32_t count, double t) {
    memset(poses, 0, count * sizeof *poses);
    if (count) poses[0] = pose_at(t);
}

static void device_poses(int origin, float ahead, DevicePose *poses, uint32_t count) {
    fill_poses(poses, count, now() + ahead);
}

enum { BUFFER_TOO_SMALL = 3, UNKNOWN_PROPERTY = 4 };

static float float_property(uint32_t device, int property, int *error) {
    *error = 0;
    if (property == PROP_DisplayFrequency_Float) return S.hz;
    if (property == PROP_SecondsFromVsyncToPhotons_Float) return PHOTONS;
    *error = UNKNOWN_PROPERTY;
    return 0;
}

static uint32_t string_property(uint32_t device, int property, char *value, uint32_t size, int *error) {
    static const char name[] = "Test Visor";
    *error = property != PROP_ModelNumber_String ? UNKNOWN_PROPERTY : size < sizeof name ? BUFFER_TOO_SMALL : 0;
    if (!*error) memcpy(value, name, sizeof name);
    return *error == UNKNOWN_PROPERTY ? 0 : sizeof name;
}

static int32_t whole_property(uint32_t device, int property, int *error) { return camera_whole(property, error); }

static uint32_t array_property(uint32_t device, int property, uint32_t tag, void *buffer, uint32_t size, int *error) {
    return camera_places(property, buffer, size, error);
}

static int activity(uint32_t device) { return S.activity; }
static uint8_t should_pause(void) { return S.pause; }
static void acknowledge_quit(void) { note("{\"call\": \"acknowledgeQuit\"}"); }

static uint8_t next_event(void *event, uint32_t size) {
    if (S.first_event == S.last_event) return 0;
    memset(event, 0, size);
    memcpy(event, &S.events[S.first_event], 4);
    S.first_event = (S.first_event + 1) % EVENTS;
    return 1;
}

static Mesh hidden_area(int eye, int type) {
    static float corners[2][12] = {{0, 0, 0.2, 0, 0, 0.2, 0, 1, 0.2, 1, 0, 0.8},
                                   {1, 0, 0.8, 0, 1, 0.2, 1, 1, 0.8, 1, 1, 0.8}};
    Mesh mesh = {corners[eye], 2};
    return mesh;
}

static void set_tracking_space(int origin) { note("{\"call\": \"setTrackingSpace\", \"origin\": %d}", origin); }

static int wait_poses(DevicePose *poses, uint32_t count, DevicePose *later, uint32_t later_count) {
    S.frame++;
    for (int i = 0; i < S.lines; i++)
        if (S.script[i].frame == S.frame) runtime_do(S.script[i].command);
    if (S.type != SCENE) return IS_NOT_SCENE;
    if (S.wait) return S.wait;
    double period = 1 / (S.hz ? S.hz : 90);
    if (!S.hz) S.start = now() - (S.slot + 1) * period; /* it is always just time */
    long due = (long)ceil((now() - S.start) / period), slot = due > S.slot ? due : S.slot + 1;
    if (S.hz && S.slot >= 0) S.dropped += slot - S.slot - 1;
    S.slot = slot;
    double begins = S.start + slot * period;
    for (double left; (left = begins - now()) > 0;) usleep(left * 1e6);
    S.next_vsync = begins + period, S.display = S.next_vsync + PHOTONS;
    S.submitted[LEFT] = S.submitted[RIGHT] = 0;
    fill_poses(poses, count, S.display);
    fill_poses(later, later_count, S.display + period);
    note("{\"call\": \"waitGetPoses\", \"frame\": %u, \"display\": %.6f, \"yaw\": %.4f}", S.frame, S.display,
         S.yaw + S.yaw_rate * (S.display - S.start));
    return 0;
}

static float time_remaining(void) { return S.next_vsync - now(); }

typedef void (*Bind)(unsigned, unsigned);
typedef void (*LevelParameter)(unsigned, int, unsigned, int *);
typedef void (*Image)(unsigned, int, unsigned, unsigned, void *);

static struct { int width, height; unsigned char *pixels; } seen[2];

/* Read the texture that was handed over, as OpenVR understands it: v points up, so its last row is the top. */
static void look(int eye, unsigned texture) {
    void *gl = dlopen("libGL.so.1", RTLD_LAZY);
    Bind bind = (Bind)dlsym(gl, "glBindTexture");
    LevelParameter level = (LevelParameter)dlsym(gl, "glGetTexLevelParameteriv");
    Image image = (Image)dlsym(gl, "glGetTexImage");
    bind(0x0DE1, texture); /* GL_TEXTURE_2D: left bound, as the real one leaves it */
    level(0x0DE1, 0, 0x1000, &seen[eye].width), level(0x0DE1, 0, 0x1001, &seen[eye].height);
    seen[eye].pixels = realloc(seen[eye].pixels, 4 * (seen[eye].width * seen[eye].height + 1));
    image(0x0DE1, 0, 0x1908, 0x1401, seen[eye].pixels); /* GL_RGBA, GL_UNSIGNED_BYTE */
}

/* (R, G, B, A) bytes, bottom row first, of what the wearer saw last, if `look` was commanded. */
const unsigned char *runtime_eye(int eye, int *width, int *height) {
    *width = seen[eye].width, *height = seen[eye].height;
    return seen[eye].pixels;
}

static void dump(int eye) {
    char name[600];
    snprintf(name, sizeof name, "%s-%s.ppm", S.dump, eye == LEFT ? "left" : "right");
    FILE *file = fopen(name, "wb");
    fprintf(file, "P6 %d %d 255\n", seen[eye].width, seen[eye].height);
    for (int y = seen[eye].height - 1; y >= 0; y--)
        for (int x = 0; x < seen[eye].width; x++) fwrite(seen[eye].pixels + 4 * (y * seen[eye].width + x), 1, 3, file);
    fclose(file);
    if (eye == RIGHT) *S.dump = 0;
}

static int submit(int eye, const Texture *texture, const float *bounds, int flags) {
    char head[300] = "null";
    const float *m = &texture->head.m[0][0];
    if (flags & WITH_POSE)
        snprintf(head, sizeof head, "[%g, %g, %g, %g, %g, %g, %g, %g, %g, %g, %g, %g]", m[0], m[1], m[2], m[3], m[4],
                 m[5], m[6], m[7], m[8], m[9], m[10], m[11]);
    static const float whole[4] = {0, 0, 1, 1};
    const float *b = bounds ? bounds : whole;
    note("{\"call\": \"submit\", \"frame\": %u, \"eye\": %d, \"texture\": %lu, \"type\": %d, \"colour\": %d, "
         "\"bounds\": [%g, %g, %g, %g], \"flags\": %d, \"head\": %s}",
         S.frame, eye, (unsigned long)texture->handle, texture->type, texture->colour, b[0], b[1], b[2], b[3], flags, head);
    while (S.hang) usleep(1000);
    if (S.submit) return S.submit;
    if (S.submitted[eye]++) return ALREADY_SUBMITTED;
    if (texture->type != OPENGL || !texture->handle) return INVALID_TEXTURE;
    if (S.look || *S.dump) look(eye, (unsigned)(uintptr_t)texture->handle);
    if (*S.dump) dump(eye);
    return 0;
}

static void handoff(void) { note("{\"call\": \"postPresentHandoff\", \"frame\": %u}", S.frame); }

static uint8_t frame_timing(Timing *timing, uint32_t ago) {
    if (timing->size != SIZE_Compositor_FrameTiming) return 0;
    timing->index = S.frame, timing->total = 2.5;
    return 1;
}

static void cumulative_stats(Stats *stats, uint32_t size) {
    memset(stats, 0, size);
    stats->pid = getpid(), stats->presents = S.frame, stats->dropped = S.dropped, stats->reprojected = S.reprojected;
}

void fill_headset(void) {
    PUT(system_table, IVRSystem_getRecommendedRenderTargetSize, target_size);
    PUT(system_table, IVRSystem_getProjectionMatrix, projection);
    PUT(system_table, IVRSystem_getEyeToHeadTransform, eye_to_head);
    PUT(system_table, IVRSystem_getDeviceToAbsoluteTrackingPose, device_poses);
    PUT(system_table, IVRSystem_getFloatTrackedDeviceProperty, float_property);
    PUT(system_table, IVRSystem_getStringTrackedDeviceProperty, string_property);
    PUT(system_table, IVRSystem_getInt32TrackedDeviceProperty, whole_property);
    PUT(system_table, IVRSystem_getArrayTrackedDeviceProperty, array_property);
    PUT(system_table, IVRSystem_getTrackedDeviceActivityLevel, activity);
    PUT(system_table, IVRSystem_shouldApplicationPause, should_pause);
    PUT(system_table, IVRSystem_acknowledgeQuit_Exiting, acknowledge_quit);
    PUT(system_table, IVRSystem_pollNextEvent, next_event);
    PUT(system_table, IVRSystem_getHiddenAreaMesh, hidden_area);
    PUT(compositor_table, IVRCompositor_setTrackingSpace, set_tracking_space);
    PUT(compositor_table, IVRCompositor_waitGetPoses, wait_poses);
    PUT(compositor_table, IVRCompositor_getFrameTimeRemaining, time_remaining);
    PUT(compositor_table, IVRCompositor_submit, submit);
    PUT(compositor_table, IVRCompositor_postPresentHandoff, handoff);
    PUT(compositor_table, IVRCompositor_getFrameTiming, frame_timing);
    PUT(compositor_table, IVRCompositor_getCumulativeStats, cumulative_stats);
}
