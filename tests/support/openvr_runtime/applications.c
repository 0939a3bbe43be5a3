/* IVRApplications: what can be started from SteamVR. */

#include "runtime.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"

static struct { char key[64], binary[512], manifest[512]; int overlay, starts; } apps[8], app_read[8];
static int app_count;

static void read_app(const char *path, const char *value) {
    int i = 0, used = 0;
    if (sscanf(path, "|applications|%d|%n", &i, &used) != 1 || !used || i >= 8) return;
    if (!strcmp(path + used, "app_key")) COPY(app_read[i].key, value);
    if (!strcmp(path + used, "binary_path_linux")) COPY(app_read[i].binary, value);
    if (!strcmp(path + used, "is_dashboard_overlay")) app_read[i].overlay = !strcmp(value, "true");
}

static int find_app(const char *key) {
    for (int i = 0; i < app_count; i++)
        if (!strcmp(apps[i].key, key)) return i;
    return -1;
}

static int remove_apps(const char *manifest) {
    int kept = 0, before = app_count;
    for (int i = 0; i < app_count; i++)
        if (strcmp(apps[i].manifest, manifest)) apps[kept++] = apps[i];
    app_count = kept;
    note("{\"call\": \"removeApplicationManifest\", \"path\": \"%s\"}", manifest);
    return kept < before ? 0 : 101;  /* no manifest */
}

static int add_apps(const char *manifest, uint8_t temporary) {
    memset(app_read, 0, sizeof app_read);
    note("{\"call\": \"addApplicationManifest\", \"path\": \"%s\", \"temporary\": %d}", manifest, temporary);
    if (*manifest != '/' || !json_read(manifest, read_app) || !*app_read[0].key) return 107;  /* invalid manifest */
    remove_apps(manifest);
    for (int i = 0; i < 8 && *app_read[i].key && app_count < 8; i++) {
        if (access(app_read[i].binary, X_OK)) return 107;
        apps[app_count] = app_read[i];
        COPY(apps[app_count++].manifest, manifest);
    }
    return 0;
}

static uint8_t is_installed(const char *key) { return find_app(key) >= 0; }

static int identify(uint32_t pid, const char *key) {
    note("{\"call\": \"identifyApplication\", \"key\": \"%s\"}", key);
    return find_app(key) < 0 ? 104 : 0;  /* unknown application */
}

static int set_starts(const char *key, uint8_t on) {
    int i = find_app(key);
    if (i < 0 || !apps[i].overlay) return i < 0 ? 104 : 203;  /* only what calls itself an overlay */
    apps[i].starts = on;
    return 0;
}

static uint8_t get_starts(const char *key) { return find_app(key) >= 0 && apps[find_app(key)].starts; }

void reset_applications(void) { app_count = 0; }

void fill_applications(void) {
    PUT(applications_table, IVRApplications_addApplicationManifest, add_apps);
    PUT(applications_table, IVRApplications_removeApplicationManifest, remove_apps);
    PUT(applications_table, IVRApplications_isApplicationInstalled, is_installed);
    PUT(applications_table, IVRApplications_identifyApplication, identify);
    PUT(applications_table, IVRApplications_setApplicationAutoLaunch, set_starts);
    PUT(applications_table, IVRApplications_getApplicationAutoLaunch, get_starts);
}
