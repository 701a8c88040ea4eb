//! The plugin: what it adds to the two worlds, and when.

use bevy::asset::AssetEventSystems;
use bevy::camera::CameraUpdateSystems;
use bevy::ecs::schedule::{InternedScheduleLabel, ScheduleLabel, SingleThreadedExecutor};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDescriptor, TextureDimension, TextureFormat, TextureUsages, TextureViewDescriptor};
use bevy::render::renderer::raw_vulkan_init::RawVulkanInitSettings;
use bevy::render::renderer::{RenderAdapter, RenderDevice, RenderQueue};
use bevy::render::{ExtractSchedule, Render, RenderApp, RenderPlugin, RenderStartup, RenderSystems};
use geyser_wgpu::Context;

use crate::context::{Availability, Report, Shared};
use crate::message::{GeyserMessage, GeyserMessageKind, GeyserState, GeyserStatus};
use crate::{publish, publish_render, subscribe, subscribe_render};

/// Publishes cameras and images of this app, and shows streams as images of this app.
///
/// **Add it before `DefaultPlugins`** (before `RenderPlugin`): it asks for the Vulkan extensions with which the renderer's device is made.
///
/// ```no_run
/// use bevy::prelude::*;
/// use bevy_geyser::{GeyserPlugin, GeyserPublisher};
///
/// App::new().add_plugins(GeyserPlugin).add_plugins(DefaultPlugins).add_systems(Startup, |mut commands: Commands| {
///     commands.spawn((Camera3d::default(), GeyserPublisher::new("camera-1", UVec2::new(1280, 720))));
/// });
/// ```
///
/// When the renderer's device is not Vulkan or lacks the extensions, the plugin stays inactive: one error in the log, one
/// [`GeyserMessageKind::Unavailable`], [`GeyserState::Unavailable`] in each [`GeyserStatus`]; the app goes on. A plugin that was added after the renderer
/// says so, and works as far as the device happens to have what is needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeyserPlugin;

/// What runs for every frame instead of the render world's own schedule: ours before, Bevy's, ours after.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GeyserUpdate;

/// Before anything is prepared or drawn: this frame's textures are begun and put where Bevy looks for them.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GeyserBegin;

/// After everything of the frame was submitted and presented: what was drawn is published.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct GeyserEnd;

/// The schedule that the render world had.
#[derive(Resource)]
struct BevyUpdate(InternedScheduleLabel);

impl Plugin for GeyserPlugin {
    fn build(&self, app: &mut App) {
        let late = app.is_plugin_added::<RenderPlugin>();
        app.init_resource::<Shared>()
            .init_resource::<publish::Targets>()
            .init_resource::<subscribe::Links>()
            .init_resource::<subscribe::Changed>()
            .add_message::<GeyserMessage>();
        if late {
            warn!(
                "GeyserPlugin was added after RenderPlugin, which made its device without asking for what Geyser needs: add it before DefaultPlugins."
            );
        } else {
            let setup = app.world().resource::<Shared>().setup().clone();
            let mut settings = app.world_mut().get_resource_or_init::<RawVulkanInitSettings>();
            // SAFETY: configure() adds extensions and queues that the adapter says it has, and takes nothing away.
            unsafe {
                settings.add_create_device_callback(move |args, adapter, _| setup.configure(args, adapter));
            }
        }
        app.add_systems(PreUpdate, (deliver_reports, subscribe::connect).chain()).add_systems(
            PostUpdate,
            (
                (publish::release_cameras, publish::aim_cameras).chain().before(CameraUpdateSystems),
                (subscribe::release_images, subscribe::acquire).chain().before(AssetEventSystems),
            ),
        );
        #[cfg(feature = "pbr")]
        app.add_plugins(crate::material::GeyserMaterialPlugin::<StandardMaterial>::default());
        #[cfg(feature = "sprite")]
        app.add_plugins((
            crate::material::GeyserMaterialPlugin::<ColorMaterial>::default(),
            crate::material::GeyserMaterialPlugin::<bevy::sprite_render::SpriteMeshMaterial>::default(),
        ));
    }

    fn finish(&self, app: &mut App) {
        let shared = app.world().resource::<Shared>().clone();
        let Some(render_app) = app.get_sub_app_mut(RenderApp) else {
            refuse(
                &shared,
                "This app has no renderer, so there is no device to share textures with: enable a backend in RenderPlugin.".to_owned(),
            );
            return;
        };
        let Some(update) = render_app.update_schedule.replace(GeyserUpdate.intern()) else {
            render_app.update_schedule = None;
            refuse(&shared, "This app's renderer has no schedule, so there is no frame to publish or to show.".to_owned());
            return;
        };
        let mut outer = Schedule::new(GeyserUpdate);
        outer.set_executor(SingleThreadedExecutor::new()).add_systems(render_frame);
        let mut begin = Schedule::new(GeyserBegin);
        begin.set_executor(SingleThreadedExecutor::new()).add_systems((publish_render::begin_cameras, subscribe_render::begin).chain());
        let mut end = Schedule::new(GeyserEnd);
        end.set_executor(SingleThreadedExecutor::new()).add_systems((publish_render::end_cameras, publish_render::publish_images).chain());
        render_app
            .insert_resource(shared)
            .insert_resource(BevyUpdate(update))
            .init_resource::<publish_render::Cameras>()
            .init_resource::<publish_render::Images>()
            .init_resource::<subscribe_render::Shown>()
            .add_schedule(outer)
            .add_schedule(begin)
            .add_schedule(end)
            .add_systems(RenderStartup, adopt_device)
            .add_systems(ExtractSchedule, (publish_render::extract_cameras, publish_render::extract_images, subscribe_render::extract))
            .add_systems(Render, publish_render::note_drawn.after(RenderSystems::Render).before(RenderSystems::Cleanup));
    }
}

/// One frame of the render world. Bevy submits from whatever thread it likes, without a lock that Geyser could take: so Geyser's own submits (on devices with one
/// queue) and those that carry a frame's semaphores stay out of Bevy's schedule, before it and after it in this thread, and the queue is held in between.
fn render_frame(world: &mut World) {
    let availability = world.resource::<Shared>().availability();
    let bevy = world.resource::<BevyUpdate>().0;
    let Availability::Ready { context, .. } = availability else {
        world.run_schedule(bevy);
        return;
    };
    world.run_schedule(GeyserBegin);
    {
        let _queue = context.lock_queue();
        world.run_schedule(bevy);
    }
    world.run_schedule(GeyserEnd);
}

fn refuse(shared: &Shared, reason: String) {
    error!("Geyser is inactive: {reason}");
    shared.tell(None, "", GeyserMessageKind::Unavailable { reason });
    shared.set_availability(Availability::Unavailable);
}

/// The renderer has a device: the first, or another one after it was lost. What was made with the old one goes.
fn adopt_device(
    shared: Res<Shared>,
    adapter: Res<RenderAdapter>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
    mut cameras: ResMut<publish_render::Cameras>,
    mut images: ResMut<publish_render::Images>,
    mut shown: ResMut<subscribe_render::Shown>,
) {
    cameras.clear();
    images.clear();
    shown.clear();
    let epoch = match shared.availability() {
        Availability::Ready { epoch, .. } => epoch + 1,
        _ => 1,
    };
    // SAFETY: the three are the renderer's, which made its device from that adapter, after the setup configured it. Where the queue is shared, Bevy uses
    // it in render_frame() only, while it is held.
    match unsafe { Context::adopt(&adapter, device.wgpu_device(), &queue, Some(shared.setup())) } {
        Ok(context) => {
            let placeholder = device
                .create_texture(&TextureDescriptor {
                    label: Some("geyser placeholder"),
                    size: Extent3d::default(),
                    mip_level_count: 1,
                    sample_count: 1,
                    dimension: TextureDimension::D2,
                    format: TextureFormat::Rgba8UnormSrgb,
                    usage: TextureUsages::RENDER_ATTACHMENT,
                    view_formats: &[],
                })
                .create_view(&TextureViewDescriptor::default());
            shared.set_availability(Availability::Ready { context, placeholder, epoch });
        }
        Err(error) => refuse(&shared, error.to_string()),
    }
}

/// Brings what the render world reported since the last frame into this world.
fn deliver_reports(shared: Res<Shared>, mut messages: MessageWriter<GeyserMessage>, mut statuses: Query<&mut GeyserStatus>) {
    if let Availability::Unavailable = shared.availability() {
        for mut status in &mut statuses {
            if status.state != GeyserState::Unavailable {
                status.state = GeyserState::Unavailable;
            }
        }
    }
    for report in shared.take_reports() {
        match report {
            Report::Frame { entity, number, size } => {
                if let Ok(mut status) = statuses.get_mut(entity) {
                    status.frames += 1;
                    status.frame_number = number;
                    status.size = size;
                    status.state = GeyserState::Connected;
                    status.failure = None;
                }
            }
            Report::Message(message) => {
                if let Some(mut status) = message.entity.and_then(|entity| statuses.get_mut(entity).ok()) {
                    match &message.kind {
                        GeyserMessageKind::Connected { .. } => status.state = GeyserState::Connected,
                        GeyserMessageKind::Disconnected => status.state = GeyserState::Disconnected,
                        GeyserMessageKind::Failed { reason } => status.failure = Some(reason.clone()),
                        GeyserMessageKind::Resized { .. } | GeyserMessageKind::Unavailable { .. } => {}
                    }
                }
                messages.write(message);
            }
        }
    }
}
