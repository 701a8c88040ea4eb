//! Materials that follow the frames of a subscribed stream.

use std::marker::PhantomData;

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;

use crate::subscribe::{Changed, acquire, release_images};

/// A material that can sample a subscribed image. Each frame of a stream is another texture of the publisher's ring, and Bevy makes the bind
/// group of a material only when the material changes: so the plugin marks the materials that sample a subscribed image as changed with each new frame.
///
/// Implemented for `StandardMaterial` (feature `pbr`), `ColorMaterial` and sprites (feature `sprite`). For a material of your own:
///
/// ```
/// use bevy::prelude::*;
/// use bevy::render::render_resource::AsBindGroup;
/// use bevy_geyser::{GeyserMaterial, GeyserMaterialPlugin};
///
/// #[derive(Asset, TypePath, AsBindGroup, Clone)]
/// struct Screen {
///     #[texture(0)]
///     #[sampler(1)]
///     picture: Handle<Image>,
/// }
///
/// impl GeyserMaterial for Screen {
///     fn samples(&self, image: AssetId<Image>) -> bool {
///         self.picture.id() == image
///     }
/// }
///
/// fn add(app: &mut App) {
///     app.add_plugins(GeyserMaterialPlugin::<Screen>::default());
/// }
/// ```
///
/// A render pipeline that makes its own bind groups looks the image up in `RenderAssets<GpuImage>` in every frame and keeps nothing of it: a bind group that was
/// kept reads a texture that belongs to the publisher again. Where that cannot be had, use [`GeyserTransfer::Copy`](crate::GeyserTransfer::Copy).
pub trait GeyserMaterial: Asset {
    /// Whether this material's bind group has that image in it.
    fn samples(&self, image: AssetId<Image>) -> bool;
}

#[cfg(feature = "pbr")]
impl GeyserMaterial for StandardMaterial {
    fn samples(&self, image: AssetId<Image>) -> bool {
        let mut found = false;
        bevy::asset::VisitAssetDependencies::visit_dependencies(self, &mut |id| found |= id == image.untyped());
        found
    }
}

#[cfg(feature = "sprite")]
impl GeyserMaterial for ColorMaterial {
    fn samples(&self, image: AssetId<Image>) -> bool {
        self.texture.as_ref().is_some_and(|texture| texture.id() == image)
    }
}

#[cfg(feature = "sprite")]
impl GeyserMaterial for bevy::sprite_render::SpriteMeshMaterial {
    fn samples(&self, image: AssetId<Image>) -> bool {
        self.image.id() == image
    }
}

/// Lets the materials of one type follow subscribed streams; see [`GeyserMaterial`]. [`GeyserPlugin`](crate::GeyserPlugin) adds it for Bevy's own.
pub struct GeyserMaterialPlugin<M>(PhantomData<fn() -> M>);

impl<M> Default for GeyserMaterialPlugin<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M: GeyserMaterial> Plugin for GeyserMaterialPlugin<M> {
    fn build(&self, app: &mut App) {
        app.init_resource::<Changed>()
            .add_systems(PostUpdate, mark_materials::<M>.after(acquire).after(release_images).before(AssetEventSystems));
    }
}

fn mark_materials<M: GeyserMaterial>(changed: Res<Changed>, materials: Option<ResMut<Assets<M>>>) {
    let Some(mut materials) = materials else { return };
    if changed.0.is_empty() {
        return;
    }
    let samplers: Vec<AssetId<M>> =
        materials.iter().filter(|(_, material)| changed.0.iter().any(|image| material.samples(*image))).map(|(id, _)| id).collect();
    for id in samplers {
        if let Some(mut material) = materials.get_mut(id) {
            // Bevy takes a mutable borrow for a change.
            let _: &mut M = &mut material;
        }
    }
}
