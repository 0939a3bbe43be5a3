#version 410 core
// What a camera sees, fading into the background at the edge of its field of view.
uniform sampler2D picture;
uniform vec3 background;
uniform vec2 fade;  // picture widths and heights per edge: 1 / (part of the picture that fades)
in vec2 uv;
out vec4 colour;

void main() {
    vec2 inside = min(min(uv, 1.0 - uv) * fade, 1.0);
    float shown = inside.x * inside.y;
    colour = vec4(mix(background, texture(picture, uv).rgb, shown * shown * (3.0 - 2.0 * shown)), 1.0);
}
