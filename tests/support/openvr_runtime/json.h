/* Just enough JSON for manifests: every number, string and word is told with its path, as in "|actions|0|name". */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*Leaf)(const char *path, const char *value);

static const char *json_space(const char *s) { return s + strspn(s, " \t\r\n"); }

static const char *json_string(const char *s, char *to, size_t size) {
    size_t n = 0;
    for (s++; *s && *s != '"'; s++) {
        if (*s == '\\' && s[1]) s++;
        if (n + 1 < size) to[n++] = *s;
    }
    to[n] = 0;
    return *s ? s + 1 : NULL;
}

static const char *json_walk(const char *s, char *path, size_t size, Leaf leaf) {
    char text[1024];
    size_t depth = strlen(path);
    s = json_space(s);
    if (*s == '{' || *s == '[') {
        char close = *s == '{' ? '}' : ']';
        s = json_space(s + 1);
        for (int i = 0; *s != close; i++) {
            snprintf(text, sizeof text, "%d", i);
            if (close == '}') {
                if (*s != '"' || !(s = json_string(s, text, sizeof text)) || *(s = json_space(s)) != ':') return NULL;
                s++;
            }
            snprintf(path + depth, size - depth, "|%s", text);
            if (!(s = json_walk(s, path, size, leaf))) return NULL;
            path[depth] = 0;
            s = json_space(s);
            if (*s != close && *s++ != ',') return NULL;
            s = json_space(s);
        }
        return s + 1;
    }
    if (*s == '"') {
        if (!(s = json_string(s, text, sizeof text))) return NULL;
    } else {
        size_t n = strcspn(s, " \t\r\n,]}");
        if (!n || n >= sizeof text) return NULL;
        memcpy(text, s, n), text[n] = 0, s += n;
    }
    leaf(path, text);
    return s;
}

/* 1 if the file is there and is JSON. */
static int json_read(const char *name, Leaf leaf) {
    static char text[1 << 16];
    char path[1024] = "";
    FILE *file = fopen(name, "rb");
    if (!file) return 0;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return json_walk(text, path, sizeof path, leaf) != NULL;
}
