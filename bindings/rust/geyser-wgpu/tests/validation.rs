//! The positive control of all the others: a mistake is seen by the validation layer, and counted. Alone in its process, since others expect none.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use ash::vk;
use common::{LAVAPIPE, gpu, has_layer, validation_messages};
use geyser_wgpu::geyser::{AccessInfo, CreateOptions, Format, TextureDescriptor};
use geyser_wgpu::wgpu::{self, hal::api::Vulkan};

#[test]
fn a_wrong_layout_is_seen() {
    if !has_layer() {
        assert!(!std::env::var("GEYSER_TEST_REQUIRE").unwrap_or_default().contains("validation"), "the validation layer is not installed");
        eprintln!("skipped: the validation layer is not installed");
        return;
    }
    let Some(gpu) = gpu(LAVAPIPE) else { return };
    let texture = gpu.context.create_texture(&TextureDescriptor::new(8, 8, Format::RGBA8_UNORM), &CreateOptions::default()).unwrap();
    let access = texture.begin_write(&AccessInfo::default()).unwrap();
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    assert_eq!(validation_messages(), 0);
    // As if the rest layout were another one than wgpu believes.
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    // SAFETY: a barrier is recorded, with a layout that is wrong on purpose; on this driver layouts have no effect.
    unsafe {
        let image = access.texture().as_hal::<Vulkan>().unwrap().raw_handle();
        let hal_device = gpu.device.as_hal::<Vulkan>().unwrap();
        let barrier = vk::ImageMemoryBarrier::default()
            .old_layout(vk::ImageLayout::TRANSFER_DST_OPTIMAL)
            .new_layout(vk::ImageLayout::SHADER_READ_ONLY_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(image)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                level_count: 1,
                layer_count: 1,
                ..Default::default()
            });
        encoder.as_hal_mut::<Vulkan, _, _>(|hal| {
            hal_device.raw_device().cmd_pipeline_barrier(
                hal.unwrap().raw_handle(),
                vk::PipelineStageFlags::ALL_COMMANDS,
                vk::PipelineStageFlags::ALL_COMMANDS,
                vk::DependencyFlags::empty(),
                &[],
                &[],
                &[barrier],
            );
        });
    }
    gpu.context.submit([encoder.finish()]);
    access.end().unwrap();
    assert!(validation_messages() > 0, "the layer saw nothing: the other tests would not notice anything either");
}
