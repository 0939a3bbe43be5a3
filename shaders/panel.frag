#version 410 core
// A panel of text: premultiplied alpha, blended with GL_ONE, GL_ONE_MINUS_SRC_ALPHA.
uniform sampler2D picture;
uniform float opacity;
in vec2 uv;
out vec4 colour;

void main() {
    colour = texture(picture, uv) * opacity;
}
