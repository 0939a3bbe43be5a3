#version 410 core
// What a camera sees, painted or not, fading into the background at the edge of its field of view.
uniform sampler2D picture;
uniform sampler2D camera;   // the same view, unpainted; looked at only for the next two
uniform bool guided;        // the picture has fewer pixels than the camera, whose outlines it is to get back
uniform float keep_colour;  // 0: the picture's own colours; 1: its luma with the camera's chroma
uniform vec3 background;
uniform vec2 fade;  // picture widths and heights per edge: 1 / (part of the picture that fades)
in vec2 uv;
out vec4 colour;

const vec3 LUMA = vec3(0.299, 0.587, 0.114);

// app/stylize/colour.py says why it is done like this, and does the same for files.
vec3 with_chroma_of(vec3 seen, vec3 painted) {
    float luma = dot(painted, LUMA);
    vec3 chroma = seen - dot(seen, LUMA);
    vec3 room = mix(vec3(luma), vec3(1.0 - luma), greaterThan(chroma, vec3(0.0))) / max(abs(chroma), 4e-6);
    return luma + min(1.0, min(room.r, min(room.g, room.b))) * chroma;
}

// Up-sampling guided by the camera: near a pixel the painting is taken for a linear function of the camera's luma, fitted
// to 3x3 of its pixels (He and Sun, "Fast Guided Filter", 2015). Theirs gives back the fit, which blurs strokes that the
// camera knows nothing of; here the interpolated painting stays, and only what the camera shows beyond the painting's
// resolution is added, as much of it as the fit says. Where the camera is flat nothing changes.
const float FLAT = 0.0025;  // variance of luma that is noise and texture rather than an outline: a contrast of 5 %

vec3 with_outlines(vec3 painted) {
    ivec2 size = textureSize(picture, 0);
    vec2 at = uv * vec2(size) - 0.5;
    ivec2 nearest = ivec2(floor(at + 0.5));
    float weights = 0.0, y = 0.0, yy = 0.0, interpolated = 0.0;
    vec3 p = vec3(0.0), yp = vec3(0.0);
    for (int j = -1; j <= 1; ++j) {
        for (int i = -1; i <= 1; ++i) {
            ivec2 pixel = nearest + ivec2(i, j), inside = clamp(pixel, ivec2(0), size - 1);
            vec3 here = texelFetch(picture, inside, 0).rgb;
            float luma = dot(texture(camera, (vec2(inside) + 0.5) / vec2(size)).rgb, LUMA);
            vec2 away = abs(at - vec2(pixel)), tent = max(1.0 - away, 0.0);
            float weight = exp(-0.5 * dot(away, away));
            weights += weight;
            y += weight * luma;
            yy += weight * luma * luma;
            p += weight * here;
            yp += weight * luma * here;
            interpolated += tent.x * tent.y * luma;
        }
    }
    y /= weights;
    vec3 slope = (yp / weights - y * p / weights) / (yy / weights - y * y + FLAT);
    return clamp(painted + slope * (dot(texture(camera, uv).rgb, LUMA) - interpolated), 0.0, 1.0);
}

void main() {
    vec3 shown = texture(picture, uv).rgb;
    if (guided)
        shown = with_outlines(shown);
    if (keep_colour > 0.0)
        shown = mix(shown, with_chroma_of(texture(camera, uv).rgb, shown), keep_colour);
    vec2 inside = min(min(uv, 1.0 - uv) * fade, 1.0);
    float visible = inside.x * inside.y;
    colour = vec4(mix(background, shown, visible * visible * (3.0 - 2.0 * visible)), 1.0);
}
