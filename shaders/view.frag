#version 410 core
// What a camera sees, painted or not, fading into the background at the edge of its field of view.
uniform sampler2D picture;
uniform sampler2D camera;   // the same view, unpainted; looked at only where keep_colour > 0
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

void main() {
    vec3 shown = texture(picture, uv).rgb;
    if (keep_colour > 0.0)
        shown = mix(shown, with_chroma_of(texture(camera, uv).rgb, shown), keep_colour);
    vec2 inside = min(min(uv, 1.0 - uv) * fade, 1.0);
    float visible = inside.x * inside.y;
    colour = vec4(mix(background, shown, visible * visible * (3.0 - 2.0 * visible)), 1.0);
}
