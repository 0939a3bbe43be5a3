#version 410 core
// A camera's picture undistorted and rectified: cv2.remap with linear filtering and a replicated border.
uniform sampler2D picture;  // as the camera took it, clamped at its edges
uniform sampler2D map;      // (x, y) in the picture's pixels, (0, 0) the middle of the first, for each of ours
out vec4 colour;

void main() {
    // Rows count from v = 0 here and in the map, whose row 0 is the top: so the result is turned like what was uploaded.
    vec2 at = texelFetch(map, ivec2(gl_FragCoord.xy), 0).xy;
    colour = vec4(texture(picture, (at + 0.5) / vec2(textureSize(picture, 0))).rgb, 1.0);
}
