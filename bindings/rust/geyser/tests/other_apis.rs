//! OpenGL on a context of Mesa's software driver, and CUDA on the emulated driver (no word about what NVIDIA's does).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::{
    env,
    ffi::{CString, c_char, c_int, c_void},
    ptr,
};

use geyser::{
    AccessInfo, CreateOptions, ErrorKind, Format, Layout, Manager, Region, TextureDescriptor, cuda, opengl,
    sys::{self, Sized32},
    vulkan,
};

mod support;
use support::{bytes, required, skipped};

const SIZE: usize = 16 * 8 * 4;

fn descriptor() -> TextureDescriptor {
    TextureDescriptor::new(16, 8, Format::RGBA8_UNORM)
}

/// A context without a window, current in this thread as the program's own would be.
struct Context(*mut sys::geyser_opengl_context);

impl Context {
    fn new() -> Option<Self> {
        let mut context = ptr::null_mut();
        let options = sys::geyser_opengl_context_options::sized();
        // SAFETY: options and context are places of this function.
        let status = unsafe { sys::geyser_opengl_context_create(&options, &mut context) };
        if status == sys::GEYSER_STATUS_OK {
            return Some(Self(context));
        }
        assert!(!required("gl-lavapipe"), "gl-lavapipe is required, and no context of OpenGL can be made");
        skipped("no context of OpenGL can be made");
        None
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made above, by this thread, and used by no manager any more.
        unsafe { sys::geyser_opengl_context_destroy(self.0) }
    }
}

#[test]
fn opengl_and_vulkan_share() {
    // SAFETY: the default functions are those of libEGL, and no context is current.
    let error = unsafe { opengl::identify(&opengl::AdoptInfo::default()) }.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidState | ErrorKind::NotFound), "{error}");
    let Some(context) = Context::new() else { return };
    // SAFETY: the context above is current here, and was made by libEGL.
    let identity = unsafe { opengl::identify(&opengl::AdoptInfo::default()) }.unwrap();
    let device = vulkan::DeviceOptions { uuid: Some(identity.device_uuid), ..Default::default() };
    let partner = match vulkan::Device::create(&device) {
        Ok(device) => device.create_manager().unwrap(),
        Err(error) => return skipped(&format!("Vulkan does not have OpenGL's device: {error}")),
    };
    // SAFETY: as above; the context goes after everything that is made from the manager.
    let manager = unsafe { opengl::create_manager(&opengl::AdoptInfo { partner: Some(&partner), ..Default::default() }) }.unwrap();
    assert_eq!(manager.backend_name(), "opengl");

    let texture = partner.create_texture(&descriptor(), &CreateOptions::default()).unwrap();
    partner.upload(&texture, &Region::default(), &bytes(2, SIZE), &AccessInfo::default()).unwrap();
    let imported = manager.import_texture(partner.export_texture(&texture).unwrap()).unwrap();
    let native = opengl::native(&imported).unwrap();
    assert_eq!((native.name != 0, native.target, native.internal_format), (true, 0x0DE1, 0x8058));
    let mut got = vec![0; SIZE];
    manager.read_back(&imported, &Region::default(), &mut got, &AccessInfo::default()).unwrap();
    assert_eq!(got, bytes(2, SIZE));

    let access = imported.begin_write(&AccessInfo::default()).unwrap();
    opengl::acquire(&access).unwrap();
    opengl::release(&access, Layout::General).unwrap();
    assert_eq!(access.end(Layout::Undefined).unwrap().layout().unwrap(), Layout::General);
    let semaphore = manager.create_semaphore(None, 0, "").unwrap();
    opengl::semaphore_native(&semaphore).unwrap();
    let elsewhere = std::thread::scope(|scope| {
        let (manager, imported) = (&manager, &imported);
        scope.spawn(move || manager.read_back(imported, &Region::default(), &mut [0; SIZE], &AccessInfo::default())).join().unwrap()
    });
    assert_eq!(elsewhere.unwrap_err().kind(), ErrorKind::InvalidState, "a context belongs to one thread");
    assert_eq!(opengl::native(&texture).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    drop((semaphore, imported, texture, manager, partner));
    drop(context);
}

unsafe extern "C" {
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
}

#[test]
fn cuda_textures_are_memory() {
    let Ok(driver) = env::var("GEYSER_TEST_FAKE_CUDA") else {
        skipped("GEYSER_TEST_FAKE_CUDA names no emulated CUDA driver");
        return;
    };
    let driver = CString::new(driver).unwrap();
    // Opened first, so that the library finds it under the name libcuda.so.1.
    // SAFETY: text with a zero at its end; the driver stays open.
    assert!(!unsafe { dlopen(driver.as_ptr(), 1) }.is_null());
    let (ordinal, identity) = cuda::enumerate_devices().unwrap().remove(0);
    assert_eq!(ordinal, 0);
    // SAFETY: neither context nor stream is given.
    let manager = unsafe { cuda::create_manager(&cuda::AdoptInfo { device: Some(identity.device_uuid), ..Default::default() }) }.unwrap();
    assert_eq!((manager.backend_name(), manager.identity().unwrap().device_uuid), ("cuda", identity.device_uuid));
    let options = CreateOptions { linear: true, ..CreateOptions::default() };
    let texture = manager.create_texture(&descriptor(), &options).unwrap();
    manager.upload(&texture, &Region::default(), &bytes(3, SIZE), &AccessInfo::default()).unwrap();
    assert!(cuda::is_linear(&texture).unwrap());
    let memory = cuda::linear_memory(&texture, 0).unwrap();
    assert!(memory.pointer != 0 && memory.row_pitch >= 64 && memory.bytes >= SIZE as u64);
    // SAFETY: the emulated driver's addresses are this process's; the texture lives, and nobody writes it.
    let row = unsafe { std::slice::from_raw_parts((memory.pointer + memory.row_pitch) as *const u8, 64) };
    assert_eq!(row, &bytes(3, SIZE)[64..128]);

    let access = texture.begin_write(&AccessInfo::default()).unwrap();
    // SAFETY: null is the default stream.
    unsafe { cuda::acquire(&access, ptr::null_mut()).and_then(|()| cuda::release(&access, ptr::null_mut(), Layout::General)) }.unwrap();
    access.end(Layout::Undefined).unwrap();
    assert_eq!(cuda::array(&texture, 0).unwrap_err().kind(), ErrorKind::InvalidState, "linear ones have no array");
    assert_eq!(cuda::surface(&texture, 0).unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(cuda::texture_object(&texture, &cuda::Sampling::default()).unwrap_err().kind(), ErrorKind::InvalidState);
    let host = Manager::host().unwrap();
    let other = host.create_texture(&descriptor(), &CreateOptions::default()).unwrap();
    assert_eq!(cuda::is_linear(&other).unwrap_err().kind(), ErrorKind::DeviceMismatch);
    // SAFETY: neither context nor stream is given.
    let error =
        unsafe { cuda::create_manager(&cuda::AdoptInfo { device: Some(geyser::Uuid([0x22; 16])), ..Default::default() }) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
