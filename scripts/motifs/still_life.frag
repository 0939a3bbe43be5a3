#version 410 core
// Fruit, a glazed jug and a plaster head on a striped cloth by a window, path-traced: two bounces, one sample a pixel
// and pass; motifs.py adds the passes up. Decimetres; x right, y up, z towards the viewer.
uniform vec2 size;
uniform int pass;
out vec4 colour;

uint state;
float random() {
    state = state * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return float((word >> 22u) ^ word) / 4294967296.0;
}
float hash(vec3 p) {
    uvec3 q = uvec3(ivec3(floor(p)));
    uint n = q.x * 1597334673u ^ q.y * 3812015801u ^ q.z * 2798796415u;
    n ^= n >> 16; n *= 2246822519u; n ^= n >> 13;
    return float(n) / 4294967295.0;
}
float noise(vec3 p) {
    vec3 i = floor(p), f = p - i;
    f = f * f * (3.0 - 2.0 * f);
    vec4 low = vec4(hash(i), hash(i + vec3(1, 0, 0)), hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)));
    i.z += 1.0;
    vec4 high = vec4(hash(i), hash(i + vec3(1, 0, 0)), hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)));
    vec4 m = mix(low, high, f.z);
    return mix(mix(m.x, m.y, f.x), mix(m.z, m.w, f.x), f.y);
}
float fbm(vec3 p) { return 0.5 * noise(p) + 0.27 * noise(p * 2.1) + 0.15 * noise(p * 4.3) + 0.08 * noise(p * 8.7); }
float soft_min(float a, float b, float k) {
    float h = max(k - abs(a - b), 0.0) / k;
    return min(a, b) - h * h * k * 0.25;
}
float soft_max(float a, float b, float k) { return -soft_min(-a, -b, k); }
float ellipsoid(vec3 p, vec3 r) { float k = length(p / r); return k * (k - 1.0) / max(length(p / (r * r)), 1e-4); }
float capsule(vec3 p, vec3 a, vec3 b, float r) {
    vec3 q = p - a, w = b - a;
    return length(q - w * clamp(dot(q, w) / dot(w, w), 0.0, 1.0)) - r;
}

const vec3 JUG = vec3(-1.55, 0.0, -0.55), HEAD = vec3(1.45, 0.0, -0.75), BOWL = vec3(0.10, 0.0, 0.75);

float jug(vec3 p) {
    p -= JUG;
    float y = p.y, r = 0.52 + 0.34 * sin(1.55 * y + 0.25) * smoothstep(2.6, 1.2, y) + 0.16 * smoothstep(2.0, 2.75, y);
    vec2 lip = p.xz - vec2(0.0);
    float spout = 0.20 * smoothstep(2.1, 2.75, y) * max(0.0, 1.0 - 2.0 * abs(atan(p.z, p.x) - 0.35));
    float body = abs(length(lip) - r - spout) - 0.05;
    body = max(body * 0.72, abs(y - 1.36) - 1.36);
    body = min(body, max(length(p.xz) - 0.66, abs(y - 0.05) - 0.05));
    vec2 ring = vec2(length(vec2(p.x + 0.72, (y - 1.75) * 0.72)) - 0.42, p.z);
    float handle = max(length(ring) - 0.085, p.x + 0.45);
    return soft_min(body, handle, 0.12);
}
float head(vec3 p) {  // a plaster cast, turned to the window: enough of a face for eyes that look for one
    p -= HEAD;
    vec3 q = vec3(0.88 * p.x + 0.48 * p.z, p.y, -0.48 * p.x + 0.88 * p.z);
    float side = abs(q.x);
    float skull = ellipsoid(q - vec3(0.0, 2.12, -0.12), vec3(0.62, 0.74, 0.78));
    float face = ellipsoid(q - vec3(0.0, 1.72, 0.14), vec3(0.47, 0.66, 0.50));
    float d = soft_min(skull, face, 0.22);
    d = soft_min(d, ellipsoid(q - vec3(0.0, 1.26, 0.40), vec3(0.20, 0.15, 0.20)), 0.20);       // chin
    d = soft_min(d, ellipsoid(vec3(side, q.yz) - vec3(0.27, 1.72, 0.42), vec3(0.19, 0.16, 0.15)), 0.20);  // cheekbone
    d = soft_max(d, -ellipsoid(vec3(side, q.yz) - vec3(0.215, 1.905, 0.70), vec3(0.17, 0.10, 0.17)), 0.10);  // socket
    d = soft_min(d, ellipsoid(vec3(side, q.yz) - vec3(0.205, 1.89, 0.51), vec3(0.12, 0.07, 0.085)), 0.02);  // lid
    d = soft_min(d, capsule(vec3(side, q.yz), vec3(0.07, 2.02, 0.60), vec3(0.34, 2.03, 0.47), 0.045), 0.09);  // brow
    d = soft_min(d, capsule(q, vec3(0.0, 1.98, 0.60), vec3(0.0, 1.66, 0.82), 0.062), 0.10);    // nose
    d = soft_min(d, ellipsoid(vec3(side, q.yz) - vec3(0.075, 1.635, 0.72), vec3(0.075, 0.06, 0.085)), 0.06);
    d = soft_min(d, ellipsoid(q - vec3(0.0, 1.455, 0.615), vec3(0.17, 0.045, 0.085)), 0.05);   // lips
    d = soft_min(d, ellipsoid(q - vec3(0.0, 1.375, 0.60), vec3(0.14, 0.05, 0.085)), 0.04);
    d = soft_max(d, -ellipsoid(q - vec3(0.0, 1.415, 0.71), vec3(0.16, 0.012, 0.08)), 0.02);
    float ear = ellipsoid(vec3(side, q.yz) - vec3(0.62, 1.80, -0.10), vec3(0.07, 0.20, 0.13));
    d = soft_min(d, ear, 0.05);
    float hair = ellipsoid(q - vec3(0.0, 2.22, -0.20), vec3(0.69, 0.76, 0.80));
    hair = soft_max(hair, 0.55 - (q.y - 1.42) + 1.7 * max(q.z + 0.02, 0.0) - 0.30 * side, 0.12);
    hair += 0.028 * sin(16.0 * q.y + 9.0 * q.z + 5.0 * noise(q * 2.2)) + 0.02;
    d = soft_min(d, 0.8 * hair, 0.05);
    d = soft_min(d, capsule(q, vec3(0.0, 0.35, -0.20), vec3(0.0, 1.5, -0.12), 0.30), 0.22);    // neck
    d = soft_min(d, ellipsoid(q - vec3(0.0, 0.16, -0.18), vec3(0.80, 0.36, 0.44)), 0.30);
    return max(0.8 * d, -p.y);
}
float fruit(vec3 p, out int which) {
    float best = 1e9, d;
    which = 0;
    p -= BOWL;
    d = length(p - vec3(-0.58, 0.52, 0.05)) - 0.44 + 0.006 * noise(p * 28.0); if (d < best) { best = d; which = 4; }   // orange
    d = length(p - vec3(0.10, 0.50, -0.42)) - 0.42 + 0.006 * noise(p * 28.0); if (d < best) { best = d; which = 4; }
    vec3 q = p - vec3(0.22, 0.52, 0.30);                                                                                // apple
    float dip = 0.17 * exp(-9.0 * dot(q.xz, q.xz)) * smoothstep(0.0, 0.3, q.y);
    d = 0.85 * (ellipsoid(q, vec3(0.45, 0.41, 0.45)) + dip); if (d < best) { best = d; which = 5; }
    d = capsule(q, vec3(0.0, 0.20, 0.0), vec3(0.05, 0.50, 0.02), 0.022); if (d < best) { best = d; which = 6; }
    q = p - vec3(1.22, 0.36, 0.48);                                                                                     // pear, lying
    q = vec3(0.80 * q.x + 0.60 * q.z, q.y, -0.60 * q.x + 0.80 * q.z);
    d = soft_min(length(q) - 0.36, ellipsoid(q - vec3(0.50, 0.04, 0.0), vec3(0.30, 0.17, 0.17)), 0.30);
    if (d < best) { best = d; which = 7; }
    d = capsule(q, vec3(0.70, 0.03, 0.0), vec3(0.98, 0.14, 0.04), 0.022); if (d < best) { best = d; which = 6; }
    q = p - vec3(-1.55, 0.27, 0.62);                                                                                    // lemon
    q = vec3(0.75 * q.x - 0.66 * q.z, q.y, 0.66 * q.x + 0.75 * q.z);
    d = soft_min(ellipsoid(q, vec3(0.36, 0.27, 0.27)), capsule(q, vec3(-0.36, 0, 0), vec3(0.40, 0, 0), 0.05), 0.12);
    d += 0.006 * noise(p * 24.0);
    if (d < best) { best = d; which = 8; }
    if (length(p - vec3(-0.62, 0.2, 1.0)) < 1.6)                                                                        // grapes
        for (int i = 0; i < 15; i++) {
            vec3 c = vec3(-0.80 + 0.21 * float(i % 5) + 0.07 * float(i / 5), 0.15 + 0.17 * float((i * 7) % 3 == 0 ? 1 : 0), 0.86 + 0.21 * float(i / 5));
            c += 0.05 * vec3(hash(vec3(i, 1, 0)), 0.0, hash(vec3(i, 2, 0)));
            d = length(p - c) - 0.135;
            if (d < best) { best = d; which = 9; }
        }
    return best;
}
float plate(vec3 p) {
    p -= BOWL;
    float r = length(p.xz), rise = 0.06 + 0.30 * smoothstep(0.55, 1.35, r);
    return max(0.75 * (abs(p.y - rise) - 0.035), r - 1.28);
}
float cloth(vec3 p) {
    float fold = 0.10 * sin(1.15 * p.x + 0.9 * p.z + 1.5 * noise(vec3(p.xz * 0.5, 1.0))) * smoothstep(1.2, 2.8, p.z + 0.25 * abs(p.x));
    fold += 0.035 * sin(3.1 * p.x - 1.3 * p.z) * smoothstep(1.0, 2.6, p.z);
    return 0.85 * (p.y - fold + 0.08 * smoothstep(1.2, 2.8, p.z));
}
float scene(vec3 p, out int what) {
    what = 1;
    float best = cloth(p), d = p.z + 3.2 + 0.10 * sin(1.9 * p.x + 0.6 * sin(0.8 * p.y)) * smoothstep(-1.0, 2.0, p.x);
    if (d < best) { best = d; what = 2; }
    if (length(p - JUG - vec3(0, 1.4, 0)) < 2.2) { d = jug(p); if (d < best) { best = d; what = 3; } }
    else best = min(best, length(p - JUG - vec3(0, 1.4, 0)) - 1.8);
    if (length(p - HEAD - vec3(0, 1.4, 0)) < 2.1) { d = head(p); if (d < best) { best = d; what = 10; } }
    else best = min(best, length(p - HEAD - vec3(0, 1.4, 0)) - 1.8);
    if (length(p - BOWL - vec3(0, 0.3, 0.2)) < 2.4) {
        int which;
        d = fruit(p, which); if (d < best) { best = d; what = which; }
        d = plate(p); if (d < best) { best = d; what = 11; }
    } else best = min(best, length(p - BOWL - vec3(0, 0.3, 0.2)) - 2.1);
    return best;
}
float march(vec3 o, vec3 d, float most, out int what) {
    float t = 0.01;
    for (int i = 0; i < 110 && t < most; i++) {
        float near = scene(o + t * d, what);
        if (near < 0.0006 * t + 0.0004) return t;
        t += 0.9 * near;
    }
    what = 0;
    return most;
}
vec3 normal(vec3 p) {
    vec2 e = vec2(0.0025, -0.0025);
    int unused;
    return normalize(e.xyy * scene(p + e.xyy, unused) + e.yyx * scene(p + e.yyx, unused) +
                     e.yxy * scene(p + e.yxy, unused) + e.xxx * scene(p + e.xxx, unused));
}
vec3 albedo_of(vec3 p, vec3 n, int what, out float gloss) {
    gloss = 0.0;
    if (what == 1) {
        float weave = 0.94 + 0.06 * noise(p * vec3(60.0, 1.0, 60.0));
        float s = fract(p.x * 0.55 + 0.18 * p.z + 0.16), t = fract(p.z * 0.62 - 0.12 * p.x + 0.3);
        float band = max(step(abs(s - 0.5), 0.045), step(abs(s - 0.62), 0.012));
        band = max(band, 0.85 * max(step(abs(t - 0.5), 0.045), step(abs(t - 0.62), 0.012)));
        return mix(vec3(0.80, 0.76, 0.67), vec3(0.10, 0.17, 0.40), 0.9 * band) * weave;
    }
    if (what == 2) {
        float mottle = fbm(vec3(p.xy * vec2(0.7, 0.9), 3.0)) + 0.12 * fbm(vec3(p.xy * 6.0, 1.0));  // a painted studio backdrop
        return mix(vec3(0.13, 0.21, 0.20), vec3(0.27, 0.32, 0.25), smoothstep(0.30, 0.78, mottle));
    }
    if (what == 3) {
        gloss = 0.06;
        float y = p.y, a = atan(p.z - JUG.z, p.x - JUG.x);
        float vine = smoothstep(0.045, 0.03, min(abs(y - 1.15 - 0.22 * sin(5.0 * a)), abs(y - 1.15 + 0.22 * sin(5.0 * a))));
        vine = max(vine, smoothstep(0.10, 0.085, length(vec2(sin(5.0 * a) * 0.15, y - 1.15))));
        float bands = step(abs(y - 2.62), 0.05) + step(abs(y - 1.86), 0.03) + step(abs(y - 0.42), 0.05) + step(abs(y - 0.28), 0.015);
        return mix(vec3(0.80, 0.80, 0.76), vec3(0.06, 0.13, 0.42), clamp(vine + bands, 0.0, 1.0) * 0.92);
    }
    if (what == 4) { gloss = 0.04; return vec3(0.85, 0.34, 0.03) * (0.85 + 0.25 * fbm(p * 3.0)); }
    if (what == 5) {
        gloss = 0.05;
        vec3 q = p - BOWL - vec3(0.22, 0.52, 0.30);
        vec2 round_ = normalize(q.xz + 1e-4);
        float streak = fbm(vec3(3.5 * round_, 1.2 * q.y)), blush = smoothstep(0.25, 0.75, 0.55 + 0.7 * q.x + 0.9 * (streak - 0.45));
        return mix(vec3(0.72, 0.60, 0.10), vec3(0.58, 0.05, 0.04), blush);
    }
    if (what == 6) return vec3(0.16, 0.09, 0.04);
    if (what == 7) { gloss = 0.03; return mix(vec3(0.52, 0.58, 0.12), vec3(0.70, 0.52, 0.12), fbm(p * 2.4)) * (0.9 + 0.2 * step(0.72, noise(p * 34.0))); }
    if (what == 8) { gloss = 0.04; return vec3(0.90, 0.70, 0.06); }
    if (what == 9) { gloss = 0.05; return mix(vec3(0.10, 0.03, 0.13), vec3(0.26, 0.14, 0.30), fbm(p * 5.0)); }
    if (what == 10) return vec3(0.78, 0.74, 0.67) * (0.93 + 0.1 * fbm(p * 6.0));
    gloss = 0.05;
    float r = length(p.xz - BOWL.xz);
    return mix(vec3(0.82, 0.80, 0.74), vec3(0.62, 0.22, 0.10), step(abs(r - 1.16), 0.05));
}
const vec3 WINDOW = vec3(-5.2, 4.4, 2.6), ACROSS = vec3(1.1, 0.0, 1.9), UP = vec3(0.3, 1.7, 0.0);
const vec3 DAY = vec3(1.0, 0.96, 0.88) * 9.5;

vec3 from_window(vec3 p, vec3 n) {
    vec3 q = WINDOW + (2.0 * random() - 1.0) * ACROSS + (2.0 * random() - 1.0) * UP, w = q - p;
    float far = length(w);
    w /= far;
    vec3 facing = normalize(cross(UP, ACROSS));
    float form = max(dot(n, w), 0.0) * abs(dot(facing, w)) * 13.0 / (far * far);
    int what;
    if (form <= 0.0) return vec3(0.0);
    march(p + 0.006 * n, w, far, what);
    return what == 0 ? DAY * form / 3.14159 : vec3(0.0);
}
vec3 hemisphere(vec3 n) {
    float a = 6.2831853 * random(), z = 2.0 * random() - 1.0, r = sqrt(1.0 - z * z);
    return normalize(n + 0.999 * vec3(r * cos(a), r * sin(a), z));
}
vec3 room(vec3 d, bool mirrored) {  // what lies behind the viewer, and the window for those that mirror it
    vec3 c = mix(vec3(0.10, 0.085, 0.07), vec3(0.24, 0.23, 0.22), 0.5 + 0.5 * d.y);
    c += vec3(0.22, 0.12, 0.06) * max(d.x, 0.0) * max(d.z, 0.0);
    vec3 centre = normalize(WINDOW), across = normalize(ACROSS), up = normalize(UP);
    vec2 at = abs(vec2(dot(d - centre, across), dot(d - centre, up)));
    if (mirrored && dot(d, centre) > 0.6 && at.x < 0.27 && at.y < 0.24 && min(at.x, at.y) > 0.012) c = vec3(5.5, 5.4, 5.2);
    return c;
}
void main() {
    state = uint(gl_FragCoord.x) * 1973u + uint(gl_FragCoord.y) * 9277u + uint(pass) * 26699u + 1u;
    random(); random();
    vec2 uv = (gl_FragCoord.xy - 0.5 + vec2(random(), random()) - 0.5 * size) / size.y;
    vec3 eye = vec3(0.35, 2.75, 7.6), ahead = normalize(vec3(0.0, 1.12, 0.0) - eye);
    vec3 right = normalize(cross(ahead, vec3(0, 1, 0))), up = cross(right, ahead);
    vec3 o = eye, d = normalize(uv.x * right + uv.y * up + 1.55 * ahead), c = vec3(0.0), weight = vec3(1.0);
    bool mirrored = false;
    for (int bounce = 0; bounce < 3; bounce++) {
        int what;
        float t = march(o, d, 30.0, what), gloss;
        if (what == 0) { c += weight * room(d, mirrored); break; }
        vec3 p = o + t * d, n = normal(p), albedo = albedo_of(p, n, what, gloss);
        float fresnel = gloss + (1.0 - gloss) * pow(1.0 - max(dot(-d, n), 0.0), 5.0) * step(0.001, gloss);
        mirrored = random() < fresnel;
        if (mirrored) {
            d = normalize(reflect(d, n) + 0.03 * (vec3(random(), random(), random()) - 0.5));
        } else {
            weight *= albedo;
            if (bounce < 2) c += weight * from_window(p, n);
            d = hemisphere(n);
        }
        o = p + 0.006 * n;
    }
    colour = vec4(min(c, 6.0), 1.0);
}
