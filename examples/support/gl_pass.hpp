// What an OpenGL program brings along itself: the functions that it calls, and a pass that runs a fragment shader once for every texel.
#pragma once

#include <GL/glcorearb.h>

#include <stdexcept>
#include <string>

#include "geyser/opengl.hpp"

namespace example {

/// The functions of OpenGL 4.5 that the passes below need. The context is current where they are called.
struct Gl {
  explicit Gl(geyser::opengl::GetProcAddress find) {
    const auto load = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(find(name));
      if (function == nullptr) throw std::runtime_error(std::string("the OpenGL driver lacks ") + name);
    };
    load(attach_shader, "glAttachShader");
    load(bind_framebuffer, "glBindFramebuffer");
    load(bind_texture_unit, "glBindTextureUnit");
    load(bind_vertex_array, "glBindVertexArray");
    load(check_framebuffer, "glCheckNamedFramebufferStatus");
    load(compile_shader, "glCompileShader");
    load(create_framebuffers, "glCreateFramebuffers");
    load(create_program, "glCreateProgram");
    load(create_shader, "glCreateShader");
    load(create_vertex_arrays, "glCreateVertexArrays");
    load(delete_framebuffers, "glDeleteFramebuffers");
    load(delete_program, "glDeleteProgram");
    load(delete_shader, "glDeleteShader");
    load(delete_vertex_arrays, "glDeleteVertexArrays");
    load(draw_arrays, "glDrawArrays");
    load(framebuffer_texture, "glNamedFramebufferTexture");
    load(program_info_log, "glGetProgramInfoLog");
    load(get_program, "glGetProgramiv");
    load(link_program, "glLinkProgram");
    load(program_uniform, "glProgramUniform1ui");
    load(shader_source, "glShaderSource");
    load(use_program, "glUseProgram");
    load(viewport, "glViewport");
  }
  PFNGLATTACHSHADERPROC attach_shader = nullptr;
  PFNGLBINDFRAMEBUFFERPROC bind_framebuffer = nullptr;
  PFNGLBINDTEXTUREUNITPROC bind_texture_unit = nullptr;
  PFNGLBINDVERTEXARRAYPROC bind_vertex_array = nullptr;
  PFNGLCHECKNAMEDFRAMEBUFFERSTATUSPROC check_framebuffer = nullptr;
  PFNGLCOMPILESHADERPROC compile_shader = nullptr;
  PFNGLCREATEFRAMEBUFFERSPROC create_framebuffers = nullptr;
  PFNGLCREATEPROGRAMPROC create_program = nullptr;
  PFNGLCREATESHADERPROC create_shader = nullptr;
  PFNGLCREATEVERTEXARRAYSPROC create_vertex_arrays = nullptr;
  PFNGLDELETEFRAMEBUFFERSPROC delete_framebuffers = nullptr;
  PFNGLDELETEPROGRAMPROC delete_program = nullptr;
  PFNGLDELETESHADERPROC delete_shader = nullptr;
  PFNGLDELETEVERTEXARRAYSPROC delete_vertex_arrays = nullptr;
  PFNGLDRAWARRAYSPROC draw_arrays = nullptr;
  PFNGLNAMEDFRAMEBUFFERTEXTUREPROC framebuffer_texture = nullptr;
  PFNGLGETPROGRAMINFOLOGPROC program_info_log = nullptr;
  PFNGLGETPROGRAMIVPROC get_program = nullptr;
  PFNGLLINKPROGRAMPROC link_program = nullptr;
  PFNGLPROGRAMUNIFORM1UIPROC program_uniform = nullptr;
  PFNGLSHADERSOURCEPROC shader_source = nullptr;
  PFNGLUSEPROGRAMPROC use_program = nullptr;
  PFNGLVIEWPORTPROC viewport = nullptr;
};

/// Runs a fragment shader for every texel of a texture. Ownership: its OpenGL objects; the Gl outlives it. Threading: the context's thread.
class GlPass {
 public:
  /// `body`: GLSL 4.50 that writes `color` for the texel at gl_FragCoord; row 0 of the texture is gl_FragCoord.y = 0.5.
  GlPass(const Gl& gl, const std::string& body) : gl_(&gl), program_(gl.create_program()) {
    add(GL_VERTEX_SHADER,
        "#version 450\n"
        "void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0.0, 1.0); }\n");
    add(GL_FRAGMENT_SHADER, "#version 450\nlayout(location = 0) out vec4 color;\n" + body);
    gl.link_program(program_);
    GLint linked = 0;
    gl.get_program(program_, GL_LINK_STATUS, &linked);
    if (linked == 0) {
      std::string log(1000, '\0');
      GLsizei length = 0;
      gl.program_info_log(program_, static_cast<GLsizei>(log.size()), &length, log.data());
      gl.delete_program(program_);
      throw std::runtime_error("the shader is refused: " + log.substr(0, static_cast<std::size_t>(length)));
    }
    gl.create_vertex_arrays(1, &corners_);
    gl.create_framebuffers(1, &target_);
  }
  GlPass(const GlPass&) = delete;
  GlPass& operator=(const GlPass&) = delete;
  ~GlPass() {
    gl_->delete_framebuffers(1, &target_);
    gl_->delete_vertex_arrays(1, &corners_);
    gl_->delete_program(program_);
  }

  void uniform(GLint location, std::uint32_t value) const { gl_->program_uniform(program_, location, value); }
  void draw(GLuint texture, std::uint32_t width, std::uint32_t height) const {
    gl_->framebuffer_texture(target_, GL_COLOR_ATTACHMENT0, texture, 0);
    if (gl_->check_framebuffer(target_, GL_DRAW_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
      throw std::runtime_error("OpenGL cannot draw into this texture");
    }
    gl_->bind_framebuffer(GL_DRAW_FRAMEBUFFER, target_);
    gl_->viewport(0, 0, static_cast<GLsizei>(width), static_cast<GLsizei>(height));
    gl_->use_program(program_);
    gl_->bind_vertex_array(corners_);
    gl_->draw_arrays(GL_TRIANGLES, 0, 3);
    // Nothing stays bound or attached: a shared texture may go before this pass does, and its memory with it.
    gl_->bind_vertex_array(0);
    gl_->use_program(0);
    gl_->bind_framebuffer(GL_DRAW_FRAMEBUFFER, 0);
    gl_->framebuffer_texture(target_, GL_COLOR_ATTACHMENT0, 0, 0);
  }

 private:
  void add(GLenum stage, const std::string& source) const {
    const GLuint shader = gl_->create_shader(stage);
    const char* text = source.c_str();
    gl_->shader_source(shader, 1, &text, nullptr);
    gl_->compile_shader(shader);
    gl_->attach_shader(program_, shader);
    gl_->delete_shader(shader);  // with the program
  }
  const Gl* gl_;
  GLuint program_ = 0;
  GLuint corners_ = 0;
  GLuint target_ = 0;
};

}  // namespace example
