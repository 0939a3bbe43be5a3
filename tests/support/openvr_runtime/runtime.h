/* What the files of the test runtime share. tables.h is written from the installed pyopenvr (see __init__.py). */

#pragma once
#define _GNU_SOURCE
#include <stdint.h>

#include "tables.h"

enum { LEFT, RIGHT, EVENTS = 64, LINES = 64 };

extern struct runtime {
    double hz, yaw, yaw_rate, pitch, x, y, z, ipd, start, next_vsync, display;
    int width, height, tracked, result, activity, pause, present, init, wait, submit, hang, look, type, running;
    unsigned frame, dropped, reprojected, submitted[2];
    long slot;
    char missing[128], log[512], dump[512];
    int events[EVENTS], first_event, last_event, lines;
    struct { unsigned frame; char command[256]; } script[LINES];
} S;

extern void *system_table[COUNT_IVRSystem], *compositor_table[COUNT_IVRCompositor], *input_table[COUNT_IVRInput],
    *applications_table[COUNT_IVRApplications], *camera_table[COUNT_IVRTrackedCamera];

#define PUT(table, slot, function) table[SLOT_##slot] = (void *)function
#define COPY(to, from) snprintf(to, sizeof(to), "%s", from)

void note(const char *format, ...); /* one line for the log */
double now(void);                   /* seconds, on the clock of Python's perf_counter */
void runtime_do(const char *command);

void fill_headset(void), fill_input(void), fill_applications(void), fill_camera(void); /* functions into the tables */
void reset_input(void), reset_applications(void), reset_camera(void);
void hold(const char *path, double value, int once); /* of the controller: /user/hand/left/input/trigger/click */
void take_up(const char *controller);
int camera_do(const char *command);
int camera_whole(int property, int *error);
uint32_t camera_places(int property, void *buffer, uint32_t size, int *error);
