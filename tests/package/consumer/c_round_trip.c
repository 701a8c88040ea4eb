// Hands a texture from one manager to another, in C, and looks at every byte.
#include <geyser/geyser.h>
#include <stdio.h>
#include <string.h>

static int fail(void) {
  fprintf(stderr, "%s\n", geyser_last_error_message());
  return 1;
}

int main(void) {
  unsigned char sent[37 * 21 * 4];
  unsigned char received[sizeof(sent)];
  geyser_manager* producer = NULL;
  geyser_manager* consumer = NULL;
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_texture_descriptor descriptor = GEYSER_INIT(geyser_texture_descriptor);
  if (geyser_abi_version() != GEYSER_ABI_VERSION) return fprintf(stderr, "header and library differ in their ABI\n"), 1;
  descriptor.extent.width = 37;
  descriptor.extent.height = 21;
  descriptor.format = GEYSER_FORMAT_RGBA8_UNORM;
  for (size_t i = 0; i < sizeof(sent); ++i) sent[i] = (unsigned char)(i * 131 + 7);
  memset(received, 0xA5, sizeof(received));
  if (geyser_host_manager_create(&producer) || geyser_host_manager_create(&consumer)) return fail();
  if (geyser_manager_create_texture(producer, &descriptor, NULL, &texture)) return fail();
  if (geyser_manager_upload(producer, texture, NULL, sent, sizeof(sent), NULL)) return fail();
  if (geyser_manager_export_texture(producer, texture, &handle)) return fail();
  if (geyser_manager_import_texture(consumer, handle, &twin)) return fail();
  if (geyser_manager_read_back(consumer, twin, NULL, received, sizeof(received), NULL)) return fail();
  if (memcmp(received, sent, sizeof(sent)) != 0) return fprintf(stderr, "the bytes differ\n"), 1;
  geyser_texture_destroy(twin);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(consumer);
  geyser_manager_destroy(producer);
  printf("geyser %s: %zu bytes handed over\n", geyser_version(), sizeof(sent));
  return 0;
}
