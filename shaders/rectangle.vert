#version 410 core
// A rectangle of the viewport, in clip coordinates: (left, bottom, right, top). The whole of it is (-1, -1, 1, 1).
uniform vec4 rectangle;
// Whether v = 0 is the top of the texture: 1 for uploaded pictures, 0 for framebuffers (see compositor/texture.py).
uniform float flip;
out vec2 uv;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);  // triangle strip, (0, 0) at the bottom left
    uv = vec2(corner.x, mix(corner.y, 1.0 - corner.y, flip));
    gl_Position = vec4(mix(rectangle.xy, rectangle.zw, corner), 0.0, 1.0);
}
