#version 410 core
// Nothing to see yet: a dim light in the dark, dithered because a headset shows every step of a slow gradient.
uniform vec3 background;
in vec2 uv;
out vec4 colour;

void main() {
    float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    float light = 1.0 + 1.6 * exp(-9.0 * dot(uv - 0.5, uv - 0.5));
    colour = vec4(background * light + (noise - 0.5) / 255.0, 1.0);
}
