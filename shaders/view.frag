#version 410 core
// What a camera sees, painted or not, fading into the background at the edge of its field of view.
uniform sampler2D picture;
#if defined(GUIDED) || defined(CAMERA)
uniform sampler2D camera;  // the same view, unpainted
#endif
uniform vec3 background;
uniform vec2 fade;  // picture widths and heights per edge: 1 / (part of the picture that fades)
in vec2 uv;
out vec4 colour;

const vec3 LUMA = vec3(0.299, 0.587, 0.114);

#ifdef CAMERA
uniform float keep_colour;  // 0: the picture's own colours; 1: its luma with the camera's chroma
uniform float plain_share;  // of the camera's picture, everywhere
uniform int matted;  // 1: also where the matte has it
uniform sampler2D matte;  // by cell: the share of a pixel of the camera is its colour times xyz, plus w (app/matte/matte.py)

// app/stylize/colour.py says why it is done like this, and does the same for files.
vec3 with_chroma_of(vec3 seen, vec3 painted) {
    float luma = dot(painted, LUMA);
    vec3 chroma = seen - dot(seen, LUMA);
    vec3 room = mix(vec3(luma), vec3(1.0 - luma), greaterThan(chroma, vec3(0.0))) / max(abs(chroma), 4e-6);
    return luma + min(1.0, min(room.r, min(room.g, room.b))) * chroma;
}
#endif

#ifdef GUIDED
// The picture has fewer pixels than the camera, whose outlines it gets back. Between four of its pixels the painting is
// taken for a linear function of the camera's luma, as in the guided filter (He and Sun, "Fast Guided Filter", 2015). That
// gives back the function, which blurs strokes the camera knows nothing of; here the interpolated painting stays, and what
// the camera shows beyond the painting's resolution is added, as steeply as the function has it. Where the camera is flat
// nothing changes.
const float FLAT = 0.001;  // variance of luma that is noise and texture rather than an outline: a contrast of 3 %

vec3 with_outlines() {
    vec2 size = vec2(textureSize(picture, 0)), at = uv * size - 0.5, part = fract(at);
    vec3 painted[4];
    vec4 luma;
    for (int i = 0; i < 4; ++i) {
        vec2 pixel = clamp(floor(at) + vec2(i & 1, i >> 1), vec2(0.0), size - 1.0);
        painted[i] = texelFetch(picture, ivec2(pixel), 0).rgb;
        luma[i] = dot(texture(camera, (pixel + 0.5) / size).rgb, LUMA);
    }
    vec4 away = luma - 0.25 * (luma.x + luma.y + luma.z + luma.w);
    vec3 slope = (away.x * painted[0] + away.y * painted[1] + away.z * painted[2] + away.w * painted[3]) /
                 (dot(away, away) + 4.0 * FLAT);
    vec2 rows = mix(luma.xz, luma.yw, part.x);
    float beyond = dot(texture(camera, uv).rgb, LUMA) - mix(rows.x, rows.y, part.y);
    vec3 upper = mix(painted[0], painted[1], part.x), lower = mix(painted[2], painted[3], part.x);
    return clamp(mix(upper, lower, part.y) + slope * beyond, 0.0, 1.0);
}
#endif

void main() {
#ifdef GUIDED
    vec3 shown = with_outlines();
#else
    vec3 shown = texture(picture, uv).rgb;
#endif
#ifdef CAMERA
    vec3 seen = texture(camera, uv).rgb;
    if (keep_colour > 0.0) shown = mix(shown, with_chroma_of(seen, shown), keep_colour);
    float share = plain_share;
    if (matted > 0) share = max(share, dot(textureLod(matte, uv, 0.0), vec4(seen, 1.0)));
    shown = mix(shown, seen, min(share, 1.0));
#endif
    vec2 inside = min(min(uv, 1.0 - uv) * fade, 1.0);
    float visible = inside.x * inside.y;
    colour = vec4(mix(background, shown, visible * visible * (3.0 - 2.0 * visible)), 1.0);
}
