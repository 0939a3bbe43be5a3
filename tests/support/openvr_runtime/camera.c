/* IVRTrackedCamera: cameras on the headset, whose pictures tell which they are. */

#include "runtime.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct { float m[3][4]; } Matrix34;
typedef struct { float v[2]; } Vector2;
typedef struct { Matrix34 m; float velocity[3], spin[3]; int32_t result; uint8_t valid, connected; } DevicePose;
typedef struct {
    int32_t type;
    uint32_t width, height, bytes, sequence;
    DevicePose pose;
    uint64_t exposed;
} Header;

_Static_assert(sizeof(Header) == SIZE_CameraVideoStreamFrameHeader_t, "a frame's header is laid out otherwise");

enum { INVALID_HANDLE = 101, INVALID_HEADER = 102, NOT_SUPPORTED = 105, NO_FRAME = 113, INVALID_SIZE = 115 };
enum { STEREO = 2, VERTICAL = 16, DISTORTED = 0, UNDISTORTED = 1 };
enum { HANDLE = 77 };

static struct {
    int present, layout, count, width, height, undistorted, scaled, intrinsics, places, asleep, frozen, error, acquire,
        shows, hang;
    double hz, age, exposed;      /* frames a second, 0: one whenever it is asked; seconds since the exposure; its stamp */
    uint32_t sequence;
    int open, taken;
    double began;
} C;

void reset_camera(void) {
    memset(&C, 0, sizeof C);
    C.present = C.undistorted = C.intrinsics = C.places = 1;
    C.layout = STEREO | 32, C.count = 2, C.width = 64, C.height = 48, C.age = 0.02, C.exposed = -1;
}

static int is_stereo(void) { return C.layout & STEREO; }
static int is_vertical(void) { return is_stereo() && C.layout & VERTICAL; }
static uint32_t frame_width(int type) { return (C.width + (type == DISTORTED ? 16 : 0)) * (is_stereo() && !is_vertical() ? 2 : 1); }
static uint32_t frame_height(int type) { return C.height * (is_vertical() ? 2 : 1); }

static int has_camera(uint32_t device, uint8_t *has) {
    *has = C.present;
    return 0;
}

static int frame_size(uint32_t device, int type, uint32_t *width, uint32_t *height, uint32_t *bytes) {
    if (!C.present || (type == UNDISTORTED && !C.undistorted)) return NOT_SUPPORTED;
    *width = frame_width(type), *height = frame_height(type), *bytes = *width * *height * 4;
    return 0;
}

/* Camera 0 sees 90 degrees across, camera 1 a little more to its right. */
static int intrinsics(uint32_t device, uint32_t camera, int type, Vector2 *focal, Vector2 *centre) {
    if (!C.intrinsics) return NOT_SUPPORTED;
    double width = C.width + (type == DISTORTED ? 16 : 0);
    focal->v[0] = focal->v[1] = width / 2;
    centre->v[0] = width / 2 - (camera ? 4 : 0), centre->v[1] = C.height / 2.0;
    return 0;
}

static int acquire(uint32_t device, uint64_t *handle) {
    note("{\"call\": \"acquireVideoStreamingService\"}");
    if (C.acquire) return C.acquire;
    C.open++, C.began = now(), *handle = HANDLE;
    return 0;
}

static int release(uint64_t handle) {
    note("{\"call\": \"releaseVideoStreamingService\"}");
    if (handle != HANDLE || !C.open) return INVALID_HANDLE;
    C.open--;
    return 0;
}

/* The cards of `draw_card` in app/sources/cameras/simulated.py: one a camera, numbered by the sequence. */
static void draw(uint8_t *pixels, int type) {
    static const uint8_t colours[2][3] = {{196, 88, 60}, {60, 110, 190}}, bar[3] = {240, 220, 120};
    uint32_t width = frame_width(type), height = frame_height(type), number = C.sequence & 0xffff;
    uint32_t w = width / (is_stereo() && !is_vertical() ? 2 : 1), h = height / (is_vertical() ? 2 : 1), at = number * 7 % w;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint32_t camera = (x / w + y / h + C.shows) % 2, u = x % w, v = y % h, bit = 15;
            while (bit * w / 16 > u) bit--;
            for (int c = 0; c < 3; c++) {
                uint8_t *p = pixels + 4 * (y * width + x) + c;
                *p = v < h / 2 ? colours[camera][c] / 2 + 40 : colours[camera][c];
                if (h / 8 <= v && v < h / 4 && at <= u && u < at + w / 12) *p = bar[c];
                if (h / 2 <= v && v < h * 5 / 8) *p = number >> bit & 1 ? 255 : 0;
            }
            pixels[4 * (y * width + x) + 3] = 255;
        }
}

static int frame(uint64_t handle, int type, uint8_t *pixels, uint32_t size, Header *header, uint32_t header_size) {
    if (handle != HANDLE || !C.open) return INVALID_HANDLE;
    if (header && header_size != sizeof *header) return INVALID_HEADER;
    while (C.hang) usleep(1000);
    if (C.error) return C.error;
    if (C.asleep) return NO_FRAME;
    if (C.hz) {
        uint32_t sequence = 1 + (now() - C.began) * C.hz;
        if (!C.frozen) C.sequence = sequence;
    } else if (!pixels && !C.frozen && C.taken) {
        C.sequence++, C.taken = 0;
    }
    if (!C.sequence) C.sequence = 1;
    if (pixels) {
        if (size < frame_width(type) * frame_height(type) * 4) return INVALID_SIZE;
        draw(pixels, type);
        C.taken = 1;
    }
    if (!header) return 0;
    memset(header, 0, sizeof *header);
    header->type = type, header->width = frame_width(type), header->height = frame_height(type), header->bytes = 4;
    header->sequence = C.sequence;
    header->exposed = C.exposed < 0 ? (now() - C.age) * 1e9 : C.exposed;
    return 0;
}

static const int LAYOUT = PROP_CameraFrameLayout_Int32, COUNT = PROP_NumCameras_Int32;

int camera_whole(int property, int *error) {
    *error = 0;
    if (property == LAYOUT && C.layout) return C.layout;
    if (property == COUNT) return C.count;
    *error = 4; /* unknown property */
    return 0;
}

/* Camera to head. Where they lie on top of each other camera 0 is the right one, and camera 1 is written as the Vive Pro
   Eye's left one is: with the other axes, and scaled. */
uint32_t camera_places(int property, void *buffer, uint32_t size, int *error) {
    *error = 0;
    if (property != PROP_CameraToHeadTransforms_Matrix34_Array || !C.places) return *error = 4, 0;
    for (int k = 0; k < C.count && (k + 1) * sizeof(Matrix34) <= size; k++) {
        double side = C.count < 2 ? 0 : (k == 0) == !is_vertical() ? -1 : 1, turned = C.scaled && k ? -2 : 1;
        Matrix34 m = {{{fabs(turned), 0, 0, side * 0.0315}, {0, turned, 0, 0.01}, {0, 0, turned, -0.05}}};
        memcpy((Matrix34 *)buffer + k, &m, sizeof m);
    }
    return C.count * sizeof(Matrix34);
}

/* `camera WORD NUMBER ...`; 0 if there is no such word. */
int camera_do(const char *command) {
    char word[32] = "";
    double a = 0, b = 0;
    sscanf(command, "%31s %lf %lf", word, &a, &b);
    if (!strcmp(word, "present")) C.present = a;
    else if (!strcmp(word, "layout")) C.layout = a, C.count = b;             /* EVRTrackedCameraFrameLayout, how many */
    else if (!strcmp(word, "size")) C.width = a, C.height = b;               /* of an eye's picture */
    else if (!strcmp(word, "shows")) C.shows = a;                            /* whose card camera 0 has */
    else if (!strcmp(word, "rate")) C.hz = a;
    else if (!strcmp(word, "age")) C.age = a;                                /* seconds from exposure to now */
    else if (!strcmp(word, "exposed")) C.exposed = a;                        /* stamps every frame so; -1: as by age */
    else if (!strcmp(word, "undistorted")) C.undistorted = a;
    else if (!strcmp(word, "intrinsics")) C.intrinsics = a;
    else if (!strcmp(word, "places")) C.places = a, C.scaled = b;
    else if (!strcmp(word, "asleep")) C.asleep = a;                          /* there is no frame */
    else if (!strcmp(word, "frozen")) C.frozen = a;                          /* there is no newer frame */
    else if (!strcmp(word, "error")) C.error = a;                            /* EVRTrackedCameraError of every frame */
    else if (!strcmp(word, "hang")) C.hang = a;                              /* asking for a frame does not return */
    else if (!strcmp(word, "acquire")) C.acquire = a;                        /* ... of acquireVideoStreamingService */
    else return 0;
    return 1;
}

void fill_camera(void) {
    PUT(camera_table, IVRTrackedCamera_hasCamera, has_camera);
    PUT(camera_table, IVRTrackedCamera_getCameraFrameSize, frame_size);
    PUT(camera_table, IVRTrackedCamera_getCameraIntrinsics, intrinsics);
    PUT(camera_table, IVRTrackedCamera_acquireVideoStreamingService, acquire);
    PUT(camera_table, IVRTrackedCamera_releaseVideoStreamingService, release);
    PUT(camera_table, IVRTrackedCamera_getVideoStreamFrameBuffer, frame);
}
