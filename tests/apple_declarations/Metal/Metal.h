// What this project calls of Metal, as its documentation has it.
#pragma once

#import <Foundation/Foundation.h>
#import <IOSurface/IOSurfaceRef.h>
#include <dispatch/dispatch.h>

enum MTLPixelFormat : NSUInteger { MTLPixelFormatInvalid = 0, MTLPixelFormatRGBA8Unorm = 70, MTLPixelFormatBGRA8Unorm = 80 };
enum MTLTextureType : NSUInteger { MTLTextureType2D = 2, MTLTextureType2DArray = 3, MTLTextureTypeCube = 5, MTLTextureType3D = 7 };
enum MTLStorageMode : NSUInteger { MTLStorageModeShared = 0, MTLStorageModeManaged = 1, MTLStorageModePrivate = 2 };
enum MTLTextureUsage : NSUInteger {
  MTLTextureUsageShaderRead = 1,
  MTLTextureUsageShaderWrite = 2,
  MTLTextureUsageRenderTarget = 4,
  MTLTextureUsagePixelFormatView = 16
};
enum MTLResourceOptions : NSUInteger { MTLResourceStorageModeShared = 0 };
enum MTLBlitOption : NSUInteger { MTLBlitOptionNone = 0, MTLBlitOptionDepthFromDepthStencil = 1, MTLBlitOptionStencilFromDepthStencil = 2 };
enum MTLCommandBufferStatus : NSUInteger {
  MTLCommandBufferStatusNotEnqueued = 0,
  MTLCommandBufferStatusEnqueued = 1,
  MTLCommandBufferStatusCommitted = 2,
  MTLCommandBufferStatusScheduled = 3,
  MTLCommandBufferStatusCompleted = 4,
  MTLCommandBufferStatusError = 5
};
enum MTLGPUFamily : NSInteger { MTLGPUFamilyApple2 = 1002, MTLGPUFamilyApple3 = 1003, MTLGPUFamilyApple4 = 1004, MTLGPUFamilyMac2 = 2002 };
enum MTLLoadAction : NSUInteger { MTLLoadActionDontCare = 0, MTLLoadActionLoad = 1, MTLLoadActionClear = 2 };
enum MTLStoreAction : NSUInteger { MTLStoreActionDontCare = 0, MTLStoreActionStore = 1 };

struct MTLOrigin {
  NSUInteger x, y, z;
};
struct MTLSize {
  NSUInteger width, height, depth;
};
struct MTLClearColor {
  double red, green, blue, alpha;
};
inline MTLOrigin MTLOriginMake(NSUInteger x, NSUInteger y, NSUInteger z) { return {x, y, z}; }
inline MTLSize MTLSizeMake(NSUInteger width, NSUInteger height, NSUInteger depth) { return {width, height, depth}; }
inline MTLClearColor MTLClearColorMake(double red, double green, double blue, double alpha) { return {red, green, blue, alpha}; }

@protocol MTLDevice;
@protocol MTLTexture;
@protocol MTLCommandBuffer;
@protocol MTLSharedEvent;

@interface MTLTextureDescriptor : NSObject
@property MTLTextureType textureType;
@property MTLPixelFormat pixelFormat;
@property NSUInteger width;
@property NSUInteger height;
@property NSUInteger depth;
@property NSUInteger mipmapLevelCount;
@property NSUInteger arrayLength;
@property MTLStorageMode storageMode;
@property MTLTextureUsage usage;
@end
@interface MTLSharedTextureHandle : NSObject
@property(readonly) id<MTLDevice> device;
@end
@protocol MTLResource <NSObject>
@property(readonly) id<MTLDevice> device;
@property(readonly) MTLStorageMode storageMode;
@end
@protocol MTLTexture <MTLResource>
@property(readonly) MTLTextureType textureType;
@property(readonly) MTLPixelFormat pixelFormat;
@property(readonly) NSUInteger width;
@property(readonly) NSUInteger height;
@property(readonly) NSUInteger depth;
@property(readonly) NSUInteger mipmapLevelCount;
@property(readonly) NSUInteger arrayLength;
@property(readonly) MTLTextureUsage usage;
@property(readonly, getter=isShareable) BOOL shareable;
@property(readonly) IOSurfaceRef iosurface;
@property(readonly) NSUInteger iosurfacePlane;
- (MTLSharedTextureHandle*)newSharedTextureHandle;
@end
@protocol MTLBuffer <MTLResource>
@property(readonly) NSUInteger length;
- (void*)contents;
@end

@interface MTLSharedEventHandle : NSObject
@end
@interface MTLSharedEventListener : NSObject
- (instancetype)initWithDispatchQueue:(dispatch_queue_t)queue;
@end
using MTLSharedEventNotificationBlock = void (^)(id<MTLSharedEvent> event, std::uint64_t value);
@protocol MTLEvent <NSObject>
@property(readonly) id<MTLDevice> device;
@end
@protocol MTLSharedEvent <MTLEvent>
@property std::uint64_t signaledValue;
- (void)notifyListener:(MTLSharedEventListener*)listener atValue:(std::uint64_t)value block:(MTLSharedEventNotificationBlock)block;
- (MTLSharedEventHandle*)newSharedEventHandle;
@end

@interface MTLRenderPassColorAttachmentDescriptor : NSObject
@property id<MTLTexture> texture;
@property MTLLoadAction loadAction;
@property MTLStoreAction storeAction;
@property MTLClearColor clearColor;
@end
@interface MTLRenderPassColorAttachmentDescriptorArray : NSObject
- (MTLRenderPassColorAttachmentDescriptor*)objectAtIndexedSubscript:(NSUInteger)index;
@end
@interface MTLRenderPassDescriptor : NSObject
+ (MTLRenderPassDescriptor*)renderPassDescriptor;
@property(readonly) MTLRenderPassColorAttachmentDescriptorArray* colorAttachments;
@end

@protocol MTLCommandEncoder <NSObject>
- (void)endEncoding;
@end
@protocol MTLRenderCommandEncoder <MTLCommandEncoder>
@end
@protocol MTLBlitCommandEncoder <MTLCommandEncoder>
- (void)copyFromBuffer:(id<MTLBuffer>)buffer
           sourceOffset:(NSUInteger)offset
      sourceBytesPerRow:(NSUInteger)bytesPerRow
    sourceBytesPerImage:(NSUInteger)bytesPerImage
             sourceSize:(MTLSize)size
              toTexture:(id<MTLTexture>)texture
       destinationSlice:(NSUInteger)slice
       destinationLevel:(NSUInteger)level
      destinationOrigin:(MTLOrigin)origin
                options:(MTLBlitOption)options;
- (void)copyFromTexture:(id<MTLTexture>)texture
                 sourceSlice:(NSUInteger)slice
                 sourceLevel:(NSUInteger)level
                sourceOrigin:(MTLOrigin)origin
                  sourceSize:(MTLSize)size
                    toBuffer:(id<MTLBuffer>)buffer
           destinationOffset:(NSUInteger)offset
      destinationBytesPerRow:(NSUInteger)bytesPerRow
    destinationBytesPerImage:(NSUInteger)bytesPerImage
                     options:(MTLBlitOption)options;
@end

using MTLCommandBufferHandler = void (^)(id<MTLCommandBuffer> buffer);
@protocol MTLCommandBuffer <NSObject>
@property(readonly) id<MTLDevice> device;
@property(readonly) MTLCommandBufferStatus status;
@property(readonly) NSError* error;
- (void)encodeWaitForEvent:(id<MTLEvent>)event value:(std::uint64_t)value;
- (void)encodeSignalEvent:(id<MTLEvent>)event value:(std::uint64_t)value;
- (id<MTLBlitCommandEncoder>)blitCommandEncoder;
- (id<MTLRenderCommandEncoder>)renderCommandEncoderWithDescriptor:(MTLRenderPassDescriptor*)descriptor;
- (void)addCompletedHandler:(MTLCommandBufferHandler)block;
- (void)commit;
- (void)waitUntilCompleted;
@end
@protocol MTLCommandQueue <NSObject>
@property(readonly) id<MTLDevice> device;
- (id<MTLCommandBuffer>)commandBuffer;
@end

@protocol MTLDevice <NSObject>
@property(readonly) NSString* name;
@property(readonly) std::uint64_t registryID;
@property(readonly) BOOL hasUnifiedMemory;
@property(readonly) BOOL supportsBCTextureCompression __attribute__((availability(macos, introduced=11.0)));
- (BOOL)supportsFamily:(MTLGPUFamily)family;
- (NSUInteger)minimumLinearTextureAlignmentForPixelFormat:(MTLPixelFormat)format;
- (id<MTLCommandQueue>)newCommandQueue;
- (id<MTLBuffer>)newBufferWithLength:(NSUInteger)length options:(MTLResourceOptions)options;
- (id<MTLTexture>)newTextureWithDescriptor:(MTLTextureDescriptor*)descriptor iosurface:(IOSurfaceRef)surface plane:(NSUInteger)plane;
- (id<MTLTexture>)newSharedTextureWithDescriptor:(MTLTextureDescriptor*)descriptor;
- (id<MTLTexture>)newSharedTextureWithHandle:(MTLSharedTextureHandle*)handle;
- (id<MTLSharedEvent>)newSharedEvent;
- (id<MTLSharedEvent>)newSharedEventWithHandle:(MTLSharedEventHandle*)handle;
@end

extern "C" id<MTLDevice> MTLCreateSystemDefaultDevice(void) __attribute__((ns_returns_retained));
extern "C" NSArray<id<MTLDevice>>* MTLCopyAllDevices(void) __attribute__((ns_returns_retained));
