#version 410 core
// An uploaded picture on a mesh of cells, each vertex as far from the camera as what it shows, in the camera's frame in
// metres. Cells are drawn in the order in which nearer ones come last, so that no depth buffer is needed (McMillan 1997).
uniform mat4 clip;
uniform vec4 rectangle;  // tangents of the camera's field of view: left, bottom, right, top
uniform ivec2 cells;
uniform ivec2 backwards;  // 1: from the right, from the top
uniform sampler2D depth;  // 1 / depth in 1/m
uniform vec2 flat_share;  // 1 / distance of the flat picture, and its share
out vec2 uv;

const float FARTHEST = 1.0 / 150.0;

void main() {
    int strip = 2 * cells.x + 4, at = gl_VertexID % strip;  // a row of cells; its first and last vertex come twice
    int vertex = clamp(at - 1, 0, 2 * cells.x + 1);
    ivec2 place = ivec2(vertex >> 1, gl_VertexID / strip + (vertex & 1));
    vec2 corner = vec2(mix(place, cells - place, equal(backwards, ivec2(1)))) / vec2(cells);
    uv = vec2(corner.x, 1.0 - corner.y);  // v = 0 is the picture's top (see compositor/texture.py)
    float inverse = max(mix(textureLod(depth, uv, 0.0).r, flat_share.x, flat_share.y), FARTHEST);
    gl_Position = clip * vec4(mix(rectangle.xy, rectangle.zw, corner), -1.0, inverse);
}
