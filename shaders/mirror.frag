#version 410 core
// What the audience sees of one eye, or of two made into one picture.
uniform sampler2D first;   // the left eye, or the painted picture
uniform sampler2D second;  // the right eye, or the plain picture
uniform int mode;          // 0: first; 1: red-cyan anaglyph of first and second; 2: second | first
uniform vec2 aim;          // mode 1: what is laid on one another, in picture widths from the left of each eye
uniform float line;        // mode 2: half the width of the dividing line, in picture widths
in vec2 uv;
out vec4 colour;

// Dubois, least-squares projection for red-cyan glasses on an LCD: http://www.site.uottawa.ca/~edubois/anaglyph/
// Transposed, because GLSL lists matrices by columns; they work on linear light.
const mat3 LEFT = transpose(mat3(0.437, 0.449, 0.164, -0.062, -0.062, -0.024, -0.048, -0.050, -0.017));
const mat3 RIGHT = transpose(mat3(-0.011, -0.032, -0.007, 0.377, 0.761, 0.009, -0.026, -0.093, 1.234));
const vec3 GAMMA = vec3(2.2);

// Four samples a pixel where the mirror is smaller than the eye, whose texture has no mipmaps; at full size they fall
// into one, so that nothing is softened.
vec3 sampled(sampler2D picture, vec2 uv) {
    vec2 dx = dFdx(uv), dy = dFdy(uv), size = vec2(textureSize(picture, 0));
    dx *= 0.25 * clamp(length(dx * size) - 1.0, 0.0, 1.0);
    dy *= 0.25 * clamp(length(dy * size) - 1.0, 0.0, 1.0);
    return 0.25 * (texture(picture, uv + dx + dy).rgb + texture(picture, uv + dx - dy).rgb +
                   texture(picture, uv - dx + dy).rgb + texture(picture, uv - dx - dy).rgb);
}

void main() {
    vec2 shift = mode == 1 ? aim - 0.5 : vec2(0.0);
    vec3 seen = sampled(first, uv + vec2(shift.x, 0.0));
    if (mode != 0) {
        vec3 other = sampled(second, uv + vec2(shift.y, 0.0));
        if (mode == 1) {
            vec3 light = LEFT * pow(seen, GAMMA) + RIGHT * pow(other, GAMMA);
            seen = pow(clamp(light, 0.0, 1.0), 1.0 / GAMMA);
        } else {
            seen = abs(uv.x - 0.5) < line ? vec3(1.0) : (uv.x < 0.5 ? other : seen);
        }
    }
    colour = vec4(seen, 1.0);
}
