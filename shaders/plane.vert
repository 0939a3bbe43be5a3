#version 410 core
// A rectangle in the plane z = 0 of its own frame, in metres: (left, bottom, right, top), carrying an uploaded picture.
// One quad is exact: the hardware interpolates texture coordinates with perspective.
uniform mat4 clip;
uniform vec4 rectangle;
out vec2 uv;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);  // triangle strip, (0, 0) at the bottom left
    uv = vec2(corner.x, 1.0 - corner.y);  // v = 0 is the picture's top (see compositor/texture.py)
    gl_Position = clip * vec4(mix(rectangle.xy, rectangle.zw, corner), 0.0, 1.0);
}
