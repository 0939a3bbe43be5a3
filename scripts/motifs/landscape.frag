#version 410 core
// A lake between mountains on a summer afternoon: sky, cloud, far forest, water, a near tree, grass and flowers.
// One jittered sample a pixel and pass; motifs.py adds the passes up. Metres; x right, y up, z away.
uniform vec2 size;
uniform int pass;
out vec4 colour;

const vec3 SUN = normalize(vec3(-0.62, 0.42, -0.30));
const vec3 SUNLIGHT = vec3(1.45, 1.22, 0.92);
const vec3 EYE = vec3(0.0, 3.5, 0.0);
const float FAR = 1300.0;

float hash(vec2 p) {
    uvec2 q = uvec2(ivec2(floor(p))) * uvec2(1597334673u, 3812015801u);
    uint n = (q.x ^ q.y) * 1597334673u;
    n ^= n >> 16; n *= 2246822519u; n ^= n >> 13;
    return float(n) / 4294967295.0;
}
vec2 hash2(vec2 p) { return vec2(hash(p), hash(p + vec2(731.0, 269.0))); }
float noise(vec2 p) {
    vec2 i = floor(p), f = p - i;
    f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}
float noise3(vec3 p) {
    float i = floor(p.y), f = p.y - i;
    f = f * f * (3.0 - 2.0 * f);
    vec2 k = vec2(37.0, 17.0);
    return mix(noise(p.xz + k * i), noise(p.xz + k * (i + 1.0)), f);
}
const mat2 TURN = mat2(0.8, 0.6, -0.6, 0.8);
float fbm(vec2 p, int octaves) {
    float sum = 0.0, weight = 0.5;
    for (int i = 0; i < octaves; i++, weight *= 0.5, p = TURN * p * 2.03) sum += weight * noise(p);
    return sum;
}
float ridges(vec2 p, int octaves) {
    float sum = 0.0, weight = 0.5, above = 1.0;
    for (int i = 0; i < octaves; i++, weight *= 0.48, p = TURN * p * 2.07) {
        float ridge = 1.0 - abs(2.0 * noise(p) - 1.0);
        ridge *= ridge;
        sum += weight * ridge * above;
        above = clamp(1.6 * ridge, 0.0, 1.0);
    }
    return sum;
}

const vec3 HUT = vec3(24.0, 3.6, 134.0);

// ---- ground and forest: heights over (x, z)
float shore(vec2 p) {  // below 0 in the lake
    vec2 d = (p - vec2(10.0, 72.0)) / vec2(66.0, 57.0);
    return length(d) - 1.0 + 0.22 * (noise(p * 0.045) - 0.5) + 0.05 * (noise(p * 0.3) - 0.5);
}
float ground(vec2 p, int octaves) {
    float s = shore(p);
    float h = s < 0.0 ? max(-3.0, 12.0 * s) : 5.5 * s / (1.0 + 0.6 * s);
    h += smoothstep(-0.02, 0.25, s) * 0.55 * (fbm(p * 0.16, 4) - 0.45);
    if (p.y < 40.0) return h;
    float up = smoothstep(120.0, 640.0, p.y + 0.20 * abs(p.x - 20.0));
    h += up * (26.0 * fbm(p * 0.009, 4) + 440.0 * ridges(p * 0.0031 + vec2(0.62, 0.1), octaves) * (0.45 + 0.55 * smoothstep(260.0, -160.0, p.x)));
    h += 9.0 * smoothstep(0.55, 1.5, s) * fbm(p * 0.021 + 4.0, 3) * smoothstep(40.0, 110.0, p.y);
    return h;
}
float forest(vec2 p, float base, out float kind) {  // height of the trees over the ground; conifers are stacked cones
    kind = 0.0;
    float wood = fbm(p * 0.024 + 9.0, 3);
    float s = shore(p);
    if (s < 0.04 || p.y < 24.0 || length(p - HUT.xz) < 8.0 || base > 62.0 + 60.0 * wood) return 0.0;
    float dense = smoothstep(0.30, 0.52, wood + 0.10 * smoothstep(10.0, 60.0, base));
    float best = 0.0;
    vec2 cell = floor(p / 4.6);
    for (int y = -1; y <= 1; y++) for (int x = -1; x <= 1; x++) {
        vec2 c = cell + vec2(x, y), r = hash2(c);
        if (hash(c + 57.0) > dense) continue;
        float tall = 6.0 + 9.0 * hash(c + 91.0), d = length(p - (c + 0.15 + 0.7 * r) * 4.6);
        float broad = step(0.72, hash(c + 13.0));
        float h = broad > 0.5 ? 0.72 * tall * sqrt(max(0.0, 1.0 - d * d / 9.6)) : tall * (1.0 - d / 2.5);
        if (h > best) { best = h; kind = 1.0 + broad + 0.999 * hash(c + 23.0); }
    }
    return best;
}
float surface(vec2 p, out float kind) {
    float base = ground(p, 5);
    return base + forest(p, base, kind);
}

// ---- the near tree and the hut, as distances
const vec3 TREE = vec3(-5.0, 0.45, 11.0);
float crown(vec3 p, int detail) {
    float d = 1e9;
    for (int i = 0; i < 17; i++) {
        vec2 r = hash2(vec2(i, 3.0));
        float a = 2.4 * float(i), up = float(i) / 16.0, out_ = (1.05 - 0.65 * abs(up - 0.35)) * 2.3 * sqrt(r.x * 0.7 + 0.3);
        vec3 c = TREE + vec3(out_ * cos(a), 4.3 + 4.4 * up, out_ * sin(a));
        d = min(d, length((p - c) * vec3(1.0, 1.15, 1.0)) - (0.75 + 0.55 * r.y));
    }
    if (d > 1.2) return d - 0.5;
    d += 0.75 * (noise3(p * 1.7) - 0.5);
    if (detail > 0) d += 0.42 * (noise3(p * 5.5) - 0.5) + 0.30 * (noise3(p * 13.0) - 0.5);
    return d;
}
float trunk(vec3 p) {
    vec3 q = p - TREE;
    q.x += 0.25 * sin(0.6 * q.y);
    float d = length(q.xz) - 0.34 + 0.035 * q.y - 0.16 * exp(-2.0 * max(q.y, 0.0));
    return max(d + 0.05 * (noise3(p * vec3(9.0, 2.0, 9.0)) - 0.5), q.y - 6.2);
}
float box(vec3 p, vec3 b) { vec3 q = abs(p) - b; return length(max(q, 0.0)) + min(max(q.x, max(q.y, q.z)), 0.0); }
vec3 hut_frame(vec3 p) {
    p -= HUT;
    return vec3(0.86 * p.x + 0.5 * p.z, p.y, -0.5 * p.x + 0.86 * p.z);
}
float hut(vec3 p, out float part) {
    vec3 q = hut_frame(p);
    float walls = box(q, vec3(3.4, 2.6, 2.5));
    vec3 r = q - vec3(0.0, 2.5, 0.0);
    float roof = max(abs(r.z) * 0.76 + r.y * 0.65 - 2.05, max(abs(r.x) - 3.9, -r.y - 0.15));
    roof = max(roof, -(abs(r.z) * 0.76 + r.y * 0.65 - 1.85));
    float gable = max(abs(r.z) * 0.76 + r.y * 0.65 - 1.86, max(abs(r.x) - 3.35, -r.y));
    float chimney = box(q - vec3(1.6, 5.0, 0.7), vec3(0.35, 1.0, 0.35));
    walls = min(walls, gable);
    part = roof < walls ? 1.0 : 0.0;
    if (chimney < min(roof, walls)) part = 2.0;
    return min(min(walls, roof), chimney);
}

float march(vec3 o, vec3 d, float most, int steps, out float what, out float kind) {
    // what: 0 nothing, 1 ground or forest, 2 crown, 3 trunk, 4.. hut
    float t = 0.02, unused;
    what = 0.0;
    kind = 0.0;
    for (int i = 0; i < steps && t < most; i++) {
        vec3 p = o + t * d;
        if (p.y > 330.0 && d.y > 0.0) return most;
        float base = ground(p.xz, 5), high = p.y - base, near = 1e9, part = 0.0;
        kind = 0.0;
        high = high > 19.0 ? high - 15.0 : high - forest(p.xz, base, kind);
        if (t < 60.0 && abs(p.x - TREE.x) < 8.0 && abs(p.z - TREE.z) < 8.0) {
            float c = crown(p, 1), k = trunk(p);
            near = 0.6 * min(c, k);
            if (near < 0.004 + 0.0006 * t) { what = c < k ? 2.0 : 3.0; return t; }
        } else if (t < 60.0) near = max(0.6, 0.6 * (length(p.xz - TREE.xz) - 7.5));
        if (abs(p.x - HUT.x) < 14.0 && abs(p.z - HUT.z) < 14.0) {
            float h = hut(p, part);
            if (h < 0.02) { what = 4.0 + part; return t; }
            near = min(near, h);
        } else near = min(near, max(1.0, length(p.xz - HUT.xz) - 9.0));
        if (high < 0.0012 * t) { what = 1.0; return t; }
        t += max(0.006 + 0.0010 * t, min(near, 0.34 * high));
    }
    return most;
}
float shadow(vec3 o) {
    float what, kind;
    march(o + 0.06 * SUN, SUN, 160.0, 70, what, kind);
    return what > 0.0 ? 0.0 : 1.0;
}

vec3 sky(vec3 d, bool clouds) {
    float up = max(d.y, 0.0);
    vec3 c = mix(vec3(0.55, 0.66, 0.78), vec3(0.09, 0.24, 0.60), pow(smoothstep(0.0, 0.62, up), 0.72));
    c += vec3(0.55, 0.34, 0.12) * pow(max(dot(d, SUN), 0.0), 6.0) * 0.4;
    if (!clouds || d.y < 0.012) return c;
    vec2 p = d.xz / (d.y + 0.10) * 1.25 + vec2(3.7, 2.2);
    vec2 q = p + 0.30 * vec2(fbm(p * 2.3, 4), fbm(p * 2.3 + 5.0, 4));
    float dens = fbm(q * 1.15, 8), lit = fbm((q + vec2(-0.11, -0.09)) * 1.15, 7);
    float cover = smoothstep(0.46, 0.60, dens) * smoothstep(0.012, 0.10, d.y);
    float bright = clamp(0.62 + 3.2 * (dens - lit) - 0.55 * smoothstep(0.55, 0.80, dens), 0.0, 1.0);
    vec3 cloud = mix(vec3(0.50, 0.55, 0.66), vec3(1.12, 1.06, 0.98), bright);
    float wisp = 0.35 * smoothstep(0.42, 0.75, fbm(p * vec2(0.7, 2.6) + 11.0, 6)) * smoothstep(0.05, 0.3, d.y);
    return mix(mix(c, vec3(0.95), wisp), cloud, 0.96 * cover);
}

vec3 lit_point(vec3 o, vec3 d, float t, float what, float kind) {
    vec3 p = o + t * d, n, albedo;
    float unused, open = 1.0, through = 0.0;
    if (what < 1.5) {
        float e = 0.02 + 0.0015 * t;
        n = normalize(vec3(surface(p.xz - vec2(e, 0), unused) - surface(p.xz + vec2(e, 0), unused), 2.0 * e,
                           surface(p.xz - vec2(0, e), unused) - surface(p.xz + vec2(0, e), unused)));
        if (kind > 0.5) {
            float shade = fract(kind);
            albedo = kind < 2.0 ? mix(vec3(0.035, 0.085, 0.045), vec3(0.085, 0.15, 0.055), shade)
                                : mix(vec3(0.16, 0.24, 0.05), vec3(0.34, 0.26, 0.06), shade * shade);
            float above = (p.y - ground(p.xz, 5)) / 10.0;
            open = 0.35 + 0.65 * smoothstep(0.0, 0.8, above);
            albedo *= 0.7 + 0.6 * noise3(p * 1.9);
        } else {
            if (t > 200.0) {  // crags finer than the march could find
                vec2 q = p.xz * 0.10 + 0.05 * p.y, f = vec2(0.35, 0.0);
                n = normalize(n + 1.1 * vec3(fbm(q - f.xy, 5) - fbm(q + f.xy, 5), 0.0, fbm(q - f.yx, 5) - fbm(q + f.yx, 5)));
            }
            float h = p.y, mottle = fbm(p.xz * 0.35, 5), steep = 1.0 - n.y, fine = fbm(p.xz * 7.0, 3);
            vec3 grass = mix(vec3(0.11, 0.17, 0.035), vec3(0.30, 0.31, 0.075), mottle * 1.1 + 0.5 * (fine - 0.45));
            vec3 rock = mix(vec3(0.20, 0.185, 0.18), vec3(0.40, 0.37, 0.35), fbm(p.xz * vec2(0.09) + p.y * 0.12, 5));
            albedo = mix(grass, rock, smoothstep(0.32, 0.55, steep + 0.25 * (mottle - 0.5) + smoothstep(90.0, 150.0, h) * 0.25));
            float snow = smoothstep(128.0, 168.0, h + 60.0 * (fbm(p.xz * 0.05, 4) - 0.5)) * smoothstep(0.62, 0.40, steep);
            albedo = mix(albedo, vec3(0.86, 0.89, 0.95), snow);
            albedo = mix(albedo, vec3(0.36, 0.31, 0.23), smoothstep(0.035, 0.012, shore(p.xz)) * step(h, 3.0));
            if (t < 40.0) {  // blades and flowers, drawn on the ground
                vec2 blade = vec2(p.x * 26.0 + 5.0 * noise(p.xz * 3.0), p.z * 6.0);
                albedo *= 0.25 + 1.0 * noise(blade) * (0.6 + 0.8 * fbm(p.xz * 1.3, 3));
                n = normalize(n + 0.5 * vec3(noise(blade + 3.0) - 0.5, 0.0, noise(blade + 8.0) - 0.5));
                vec2 cell = floor(p.xz * 5.5), at = hash2(cell);
                float d2 = length((fract(p.xz * 5.5) - 0.2 - 0.6 * at) * vec2(1.0, 0.55));
                float patch_ = smoothstep(0.46, 0.60, fbm(p.xz * 0.45 + 20.0, 3));
                if (hash(cell + 5.0) < 0.55 * patch_ && d2 < 0.17) {
                    float hue = hash(floor(p.xz * 0.7) * 3.0 + floor(3.0 * at));
                    albedo = hue < 0.4 ? vec3(0.75, 0.08, 0.05) : hue < 0.7 ? vec3(0.85, 0.62, 0.06) : vec3(0.80, 0.78, 0.85);
                    n = vec3(0, 1, 0);
                }
            }
        }
    } else if (what < 2.5) {
        vec2 e = vec2(0.035, 0.0);
        n = normalize(vec3(crown(p + e.xyy, 1) - crown(p - e.xyy, 1), crown(p + e.yxy, 1) - crown(p - e.yxy, 1),
                           crown(p + e.yyx, 1) - crown(p - e.yyx, 1)));
        float inside = -crown(p, 0);
        open = exp(-2.2 * max(inside + 0.10, 0.0));
        albedo = mix(vec3(0.10, 0.19, 0.03), vec3(0.30, 0.34, 0.06), noise3(p * 4.0));
        albedo = mix(albedo, vec3(0.48, 0.30, 0.05), 0.55 * smoothstep(0.62, 0.8, noise3(p * 0.9 + 7.0)));
        through = 0.35;
    } else if (what < 3.5) {
        vec3 q = p - TREE;
        n = normalize(vec3(q.x, 0.1, q.z) + 0.5 * vec3(noise3(p * 12.0) - 0.5, 0.0, noise3(p * 12.0 + 4.0) - 0.5));
        albedo = mix(vec3(0.10, 0.07, 0.05), vec3(0.26, 0.19, 0.13), noise3(p * vec3(14.0, 3.0, 14.0)));
    } else {
        vec2 e = vec2(0.01, 0.0);
        n = normalize(vec3(hut(p + e.xyy, unused) - hut(p - e.xyy, unused), hut(p + e.yxy, unused) - hut(p - e.yxy, unused),
                           hut(p + e.yyx, unused) - hut(p - e.yyx, unused)));
        vec3 q = hut_frame(p);
        if (what < 4.5) {
            albedo = vec3(0.74, 0.66, 0.52);
            vec2 w = abs(vec2(fract(q.x / 2.2 + 0.5) - 0.5, (q.y - 0.3) * 0.36));
            if (abs(q.x) < 3.2 && max(w.x * 1.3, w.y) < 0.27 && abs(q.z) > 2.3) albedo = vec3(0.08, 0.11, 0.15);
            w = abs(vec2(q.z / 2.6, (q.y - 0.1) * 0.36));
            if (max(w.x * 1.3, w.y) < 0.29) albedo = vec3(0.10, 0.22, 0.25);
        } else albedo = what < 5.5 ? vec3(0.55, 0.13, 0.07) * (0.8 + 0.4 * step(0.5, fract(q.y * 2.5))) : vec3(0.45, 0.25, 0.18);
    }
    float sun = shadow(p + n * (0.03 + 0.002 * t));
    float facing = max(dot(n, SUN), 0.0);
    vec3 light = SUNLIGHT * sun * mix(facing, 0.5 + 0.5 * dot(n, SUN), through) * mix(1.0, open, 0.7);
    light += open * (0.5 + 0.5 * n.y) * vec3(0.26, 0.36, 0.52) + open * 0.10 * (0.5 - 0.5 * n.y) * vec3(0.5, 0.45, 0.2);
    vec3 c = albedo * light * 1.25;
    vec3 haze = sky(normalize(vec3(d.x, 0.02, d.z)), false);
    return mix(haze * vec3(0.72, 0.84, 1.0), c, exp(-t * 0.0006));
}

vec3 seen(vec3 o, vec3 d, bool clouds, int steps) {
    float what, kind, t = march(o, d, FAR, steps, what, kind);
    return what > 0.0 ? lit_point(o, d, t, what, kind) : sky(d, clouds);
}

void main() {
    vec2 jitter = fract(vec2(0.7548776662, 0.5698402910) * float(pass) + 0.5);
    vec2 uv = (gl_FragCoord.xy - 0.5 + jitter - 0.5 * size) / size.y;
    vec3 d = normalize(vec3(uv.x, uv.y + 0.10, 1.02));
    float what, kind, t = march(EYE, d, FAR, 420, what, kind), water = d.y < 0.0 ? -EYE.y / d.y : 2.0 * FAR;
    vec3 c;
    if (water < t) {
        vec3 p = EYE + water * d;
        vec2 w = p.xz * vec2(0.9, 1.6);
        float e = 0.08, calm = 0.012 + 0.035 * smoothstep(0.45, 0.7, fbm(p.xz * 0.03, 3));
        vec3 n = normalize(vec3(calm * (fbm(w + vec2(e, 0), 4) - fbm(w - vec2(e, 0), 4)) / e, 1.0,
                                calm * (fbm(w + vec2(0, e), 4) - fbm(w - vec2(0, e), 4)) / e));
        vec3 r = reflect(d, n);
        r.y = abs(r.y);
        float fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(-d, n), 0.0), 5.0);
        vec3 deep = mix(vec3(0.02, 0.09, 0.11), vec3(0.10, 0.18, 0.12), smoothstep(-0.10, 0.0, shore(p.xz)));
        c = mix(deep, seen(p + vec3(0, 0.05, 0), normalize(r), true, 160) * vec3(0.90, 0.96, 1.0), 0.12 + 0.88 * fresnel);
    } else c = what > 0.0 ? lit_point(EYE, d, t, what, kind) : sky(d, true);
    colour = vec4(c, 1.0);
}
