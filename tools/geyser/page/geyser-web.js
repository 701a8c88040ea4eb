// Made from bindings/web/src by `npm run bundle`; do not edit.

// src/errors.ts
var errorCodes = [
  "invalid_argument",
  "unsupported_format",
  "unsupported_handle",
  "unsupported_feature",
  "limit_exceeded",
  "device_mismatch",
  "access_conflict",
  "invalid_state",
  "not_initialized",
  "timed_out",
  "out_of_memory",
  "not_found",
  "peer_gone",
  "protocol_error",
  "device_lost",
  "os_error",
  "internal"
];
function isErrorCode(value) {
  return typeof value === "string" && errorCodes.includes(value);
}
var GeyserError = class extends Error {
  code;
  constructor(code, message, options) {
    super(message, options);
    this.name = "GeyserError";
    this.code = code;
  }
};
function asGeyserError(error, code, doing) {
  if (error instanceof GeyserError) return error;
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new GeyserError(code, `${doing} failed: ${words}`, { cause: error });
}

// src/descriptor.ts
var textureFormats = [
  "rgba8unorm",
  "rgba8unorm-srgb",
  "bgra8unorm",
  "bgra8unorm-srgb",
  "rgba16float",
  "rgb10a2unorm",
  "nv12",
  "p010",
  "i420",
  "undefined"
];
function sameDescriptor(a, b) {
  return a.width === b.width && a.height === b.height && a.format === b.format;
}
var maxNameBytes = 128;
var maxExtent = 16384;
function now() {
  return Math.round((performance.timeOrigin + performance.now()) * 1e3);
}
function checkName(name) {
  const bytes = typeof name === "string" ? new TextEncoder().encode(name).length : 0;
  if (bytes < 1 || bytes > maxNameBytes || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new GeyserError(
      "invalid_argument",
      `a stream's name has ${bytes} bytes of UTF-8; 1 to ${maxNameBytes} without control characters are allowed`
    );
  }
}
function isName(value) {
  if (typeof value !== "string") return false;
  try {
    checkName(value);
    return true;
  } catch {
    return false;
  }
}

// src/texels.ts
function swizzled(bytes) {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i + 3 < bytes.length; i += 4) {
    out[i] = bytes[i + 2];
    out[i + 1] = bytes[i + 1];
    out[i + 2] = bytes[i];
    out[i + 3] = bytes[i + 3];
  }
  return out;
}
function rgbaCanvas(rgba, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new TypeError("this browser gives no 2D context for an OffscreenCanvas");
  context.putImageData(new ImageData(clamped(rgba), width, height), 0, 0);
  return canvas;
}
function clamped(bytes) {
  return new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// src/frame.ts
var forgotten = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry((what) => {
  console.warn(`geyser-web: ${what} was not closed before it was garbage; its memory was held until now, and its publisher may wait. Call close().`);
});
var ReadFrame = class {
  info;
  /** How the pixels came into this context. What a use adds: transferOf(). */
  transfer;
  #payload;
  #released;
  #video = null;
  // made for those who ask, of a payload that is none
  #canvas = null;
  // as above
  #closed = false;
  constructor(init) {
    this.info = init.info;
    this.transfer = init.transfer;
    this.#payload = init.payload;
    this.#released = init.released;
    forgotten?.register(this, `frame ${init.info.number} of ${init.stream === void 0 ? "a stream" : `stream "${init.stream}"`}`, this);
  }
  get closed() {
    return this.#closed;
  }
  /** What holds the pixels; for programs that need more than this class gives. The frame's own: do not close or transfer it. */
  get payload() {
    return this.#open();
  }
  /** The whole way of the pixels from the producer into a use of that kind. Sends nothing and copies nothing. */
  transferOf(use) {
    const payload = this.#payload;
    if (use === "bytes") return { transfer: "cpu", why: `${this.transfer.why} Reading bytes back copies them to the CPU's memory.` };
    if (this.transfer.transfer === "cpu") return this.transfer;
    if (use === "external-texture" && payload.kind === "video-frame" && payload.memory === "multi-planar" && this.info.format === "nv12") {
      return { transfer: "zero-copy", why: "The frame is NV12 in GPU memory that its producer says WebGPU samples in place, and is imported as an external texture." };
    }
    const last = {
      "external-texture": "Importing a frame that is not multi-planar NV12 costs one copy on the GPU.",
      texture: "copyExternalImageToTexture() is one copy on the GPU.",
      webgl: "texImage2D() is one copy on the GPU.",
      canvas: "Drawing is one pass on the GPU where the canvas is there; the browser does not tell where it is."
    };
    return { transfer: "gpu", why: `${this.transfer.why} ${last[use]}` };
  }
  /** The frame as a VideoFrame: its own, closed with it. Clone it to keep or transfer it. Errors: unsupported_feature, invalid_state. */
  get videoFrame() {
    const payload = this.#open();
    if (payload.kind === "video-frame") return payload.frame;
    return this.#video ??= this.#attempt("making a VideoFrame", () => {
      if (typeof VideoFrame === "undefined") throw new GeyserError("unsupported_feature", "this browser has no VideoFrame; use draw() or toWebGL()");
      const { timestamp, width, height } = this.info;
      if (payload.kind === "bitmap") return new VideoFrame(payload.bitmap, { timestamp });
      const format = payload.format === "rgba8unorm" ? "RGBA" : "BGRA";
      return new VideoFrame(payload.bytes, { format, codedWidth: width, codedHeight: height, timestamp, colorSpace: sRGB });
    });
  }
  /** The frame as an ImageBitmap of the caller's, who closes it. Rejects with invalid_state, unsupported_feature. */
  async toBitmap() {
    const payload = this.#open();
    const source = payload.kind === "bytes" ? new ImageData(clamped(rgbaOf(payload)), this.info.width) : payload.kind === "bitmap" ? payload.bitmap : payload.frame;
    try {
      return await createImageBitmap(source, { premultiplyAlpha: "default", colorSpaceConversion: "none" });
    } catch (error) {
      throw asGeyserError(error, "unsupported_feature", "making an ImageBitmap");
    }
  }
  /**
   * The frame as a `texture_external` of a device, without further use of this class: read-only, and valid until the frame is closed.
   * Errors: invalid_state, unsupported_feature (no WebGPU import in this browser, or it refuses the frame).
   */
  toExternalTexture(device) {
    const source = this.videoFrame;
    return this.#attempt("importing the frame as an external texture", () => device.importExternalTexture({ source, colorSpace: "srgb" }));
  }
  /**
   * Copies the frame into a texture on the device's queue. Valid usage (checked): usage COPY_DST, and RENDER_ATTACHMENT unless the frame is
   * bytes; the texture holds the frame at that corner; for bytes its format is of the rgba8unorm or bgra8unorm family.
   * Errors: invalid_argument, unsupported_format, invalid_state, unsupported_feature.
   */
  copyToTexture(device, texture, options = {}) {
    const payload = this.#open();
    const { width, height } = this.info;
    const { x = 0, y = 0, premultipliedAlpha = false } = options;
    if (!Number.isInteger(x) || !Number.isInteger(y) || x < 0 || y < 0 || x + width > texture.width || y + height > texture.height) {
      throw new GeyserError(
        "invalid_argument",
        `the frame is ${width}x${height} and the texture ${texture.width}x${texture.height}: at ${x},${y} it does not fit; make a texture of the frame's size`
      );
    }
    const needed = usageCopyDst | (payload.kind === "bytes" ? 0 : usageRenderAttachment);
    if ((texture.usage & needed) !== needed) {
      throw new GeyserError("invalid_argument", `the texture's usage is ${texture.usage}; copying this frame needs COPY_DST${payload.kind === "bytes" ? "" : " and RENDER_ATTACHMENT"} (${needed})`);
    }
    const origin = { x, y };
    if (payload.kind === "bytes") {
      const family = texture.format.replace(/-srgb$/, "");
      if (family !== "rgba8unorm" && family !== "bgra8unorm") {
        throw new GeyserError("unsupported_format", `the texture's format is ${texture.format}; bytes go into the rgba8unorm or bgra8unorm family`);
      }
      const bytes = family === payload.format ? payload.bytes : swizzled(payload.bytes);
      this.#attempt("writing the texture", () => device.queue.writeTexture({ texture, origin }, bytes, { bytesPerRow: width * 4, rowsPerImage: height }, { width, height }));
      return;
    }
    const source = payload.kind === "bitmap" ? payload.bitmap : payload.frame;
    this.#attempt("copying into the texture", () => {
      device.queue.copyExternalImageToTexture({ source }, { texture, origin, premultipliedAlpha, colorSpace: "srgb" }, { width, height });
    });
  }
  /**
   * Copies the frame into a 2D texture of a WebGL context: of the frame's size as RGBA8, or into a part of it (`into`). Changes no state of the
   * context that it does not put back. Errors: invalid_state, device_lost (the context is), unsupported_feature.
   */
  toWebGL(gl, texture, options = {}) {
    const payload = this.#open();
    if (gl.isContextLost()) throw new GeyserError("device_lost", "the WebGL context is lost; make everything of it again when it is restored");
    const { width, height } = this.info;
    const source = payload.kind === "bytes" ? null : payload.kind === "bitmap" ? payload.bitmap : payload.frame;
    this.#attempt("copying into the WebGL texture", () => {
      const restore = setUnpack(gl, options.flipY === true, options.premultiplyAlpha === true);
      const bound = gl.getParameter(gl.TEXTURE_BINDING_2D);
      try {
        gl.bindTexture(gl.TEXTURE_2D, texture);
        const { into } = options;
        if (into !== void 0) {
          if (source === null) gl.texSubImage2D(gl.TEXTURE_2D, 0, into.x, into.y, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgbaOf(payload));
          else gl.texSubImage2D(gl.TEXTURE_2D, 0, into.x, into.y, gl.RGBA, gl.UNSIGNED_BYTE, source);
        } else if (source === null) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgbaOf(payload));
        else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, source);
      } finally {
        gl.bindTexture(gl.TEXTURE_2D, bound);
        restore();
      }
    });
  }
  /** Draws the frame, of its own size unless given another. The context's transform, clip and alpha apply. Errors: invalid_state. */
  draw(context, x = 0, y = 0, width = this.info.width, height = this.info.height) {
    const payload = this.#open();
    this.#attempt("drawing the frame", () => {
      if (payload.kind === "bytes") this.#canvas ??= rgbaCanvas(rgbaOf(payload), this.info.width, this.info.height);
      const source = payload.kind === "bitmap" ? payload.bitmap : payload.kind === "video-frame" ? payload.frame : this.#canvas;
      context.drawImage(source, x, y, width, height);
    });
  }
  /** The pixels as RGBA bytes, rows from the top without gaps: a copy into the CPU's memory. Rejects with invalid_state, unsupported_feature. */
  async readBack() {
    const payload = this.#open();
    if (payload.kind === "bytes") return new Uint8Array(rgbaOf(payload));
    const { width, height } = this.info;
    try {
      const visible = payload.kind === "video-frame" ? payload.frame.visibleRect : null;
      if (payload.kind === "video-frame" && visible?.width === width && visible.height === height) {
        const bytes = new Uint8Array(width * height * 4);
        await payload.frame.copyTo(bytes, { format: "RGBA", layout: [{ offset: 0, stride: width * 4 }], rect: visible });
        return bytes;
      }
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      if (context === null) throw new GeyserError("unsupported_feature", "this browser gives no 2D context for an OffscreenCanvas");
      context.drawImage(payload.kind === "bitmap" ? payload.bitmap : payload.frame, 0, 0, width, height);
      return new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
    } catch (error) {
      throw asGeyserError(error, "unsupported_feature", "reading the frame back");
    }
  }
  /** Lets go of the frame: its memory is free, its publisher may go on. More than one call is allowed. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    forgotten?.unregister(this);
    this.#video?.close();
    this.#video = null;
    this.#canvas = null;
    closePayload(this.#payload);
    this.#released?.();
  }
  [Symbol.dispose]() {
    this.close();
  }
  #open() {
    if (this.#closed) throw new GeyserError("invalid_state", `frame ${this.info.number} is closed; use a frame before close(), or acquire another one`);
    return this.#payload;
  }
  #attempt(doing, action) {
    try {
      return action();
    } catch (error) {
      throw asGeyserError(error, "unsupported_feature", doing);
    }
  }
};
var usageCopyDst = 2;
var usageRenderAttachment = 16;
var sRGB = { primaries: "bt709", transfer: "iec61966-2-1", matrix: "rgb", fullRange: true };
function closePayload(payload) {
  if (payload.kind === "video-frame") payload.frame.close();
  else if (payload.kind === "bitmap") payload.bitmap.close();
}
function rgbaOf(payload) {
  return payload.format === "rgba8unorm" ? payload.bytes : swizzled(payload.bytes);
}
function setUnpack(gl, flipY, premultiply) {
  const wanted = [
    [gl.UNPACK_FLIP_Y_WEBGL, flipY],
    [gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, premultiply],
    [gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE],
    [gl.UNPACK_ALIGNMENT, 4]
  ];
  if ("UNPACK_ROW_LENGTH" in gl) {
    wanted.push([gl.UNPACK_ROW_LENGTH, 0], [gl.UNPACK_SKIP_PIXELS, 0], [gl.UNPACK_SKIP_ROWS, 0]);
  }
  const before = wanted.map(([name]) => [name, gl.getParameter(name)]);
  const buffer = "PIXEL_UNPACK_BUFFER" in gl ? gl.getParameter(gl.PIXEL_UNPACK_BUFFER_BINDING) : null;
  if (buffer !== null) gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, null);
  for (const [name, value] of wanted) gl.pixelStorei(name, value);
  return () => {
    for (const [name, value] of before) gl.pixelStorei(name, value);
    if (buffer !== null) gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, buffer);
  };
}

// src/subscriber.ts
var maxHeldFrames = 4;
function checkedSubscriberOptions(options) {
  const { connectTimeout = 1e3, reconnect = true, maxHeld = 2, application = "" } = options;
  if (!Number.isInteger(maxHeld) || maxHeld < 1 || maxHeld > maxHeldFrames) {
    throw new GeyserError("invalid_argument", `SubscriberOptions.maxHeld is ${String(maxHeld)}; 1 to ${maxHeldFrames} are allowed`);
  }
  checkTimeout(connectTimeout, "SubscriberOptions.connectTimeout");
  return { connectTimeout, reconnect, maxHeld, application };
}
function checkTimeout(timeout, what) {
  if (!(timeout >= 0 && timeout <= 864e5)) {
    throw new GeyserError("invalid_argument", `${what} is ${String(timeout)}; 0 to 86400000 milliseconds are allowed`);
  }
}
var SubscriberCore = class {
  name;
  #options;
  #closedByProgram;
  #capacity;
  #stream;
  #state = "waiting";
  #why = "";
  #pending = [];
  #waiter = null;
  #looking = false;
  // acquire() lets messages in before it takes what is there
  #held = 0;
  #last = null;
  // the number acquired last of this attachment; null: none yet
  #generation = null;
  #closed = false;
  #frames = 0;
  #skipped = 0;
  #attachments = 0;
  #generations = 0;
  /** Counted by the transport. */
  malformed = 0;
  /** `capacity`: frames of a `queue` that can wait here; more than that break the protocol, and are dropped as skipped. */
  constructor(stream, options, capacity, closed) {
    this.name = stream.name;
    this.#stream = stream;
    this.#options = options;
    this.#capacity = capacity;
    this.#closedByProgram = closed;
  }
  get state() {
    return this.#state;
  }
  get stream() {
    return this.#stream;
  }
  get closed() {
    return this.#closed;
  }
  /** Frames that the program holds, for transports that tell their publisher. */
  get held() {
    return this.#held;
  }
  get statistics() {
    return {
      frames: this.#frames,
      skipped: this.#skipped,
      attachments: this.#attachments,
      generations: this.#generations,
      malformed: this.malformed
    };
  }
  /** A publisher answered, the first or another one. */
  attach(stream) {
    if (this.#closed) return;
    this.#stream = stream;
    this.#state = "attached";
    this.#attachments++;
    this.#last = null;
    this.#generation = null;
  }
  /** The publisher says something else about its stream than before. */
  update(stream) {
    this.#stream = stream;
  }
  /** The publisher is gone, `why` in a few words. What was delivered can still be acquired. */
  detach(why) {
    if (this.#closed || this.#state === "ended") return;
    this.#state = this.#options.reconnect ? "waiting" : "ended";
    this.#why = why;
    if (this.#state === "ended" && this.#waiter !== null) this.#refuse(this.#gone());
  }
  /** A frame came. Takes the payload over in every case. */
  deliver(arrival) {
    if (this.#closed) {
      discard(arrival);
      return;
    }
    if (this.#stream.pacing === "latest") {
      for (const old of this.#pending) discard(old);
      this.#pending = [arrival];
    } else if (this.#pending.length >= this.#capacity) {
      discard(arrival);
    } else {
      this.#pending.push(arrival);
    }
    if (this.#waiter !== null && this.#held < this.#options.maxHeld && this.#pending.length > 0) {
      const { resolve, timer } = this.#waiter;
      this.#waiter = null;
      clearTimeout(timer);
      resolve(this.#take());
    }
  }
  async acquire(timeout = 1e3) {
    checkTimeout(timeout, "the time to wait for a frame");
    if (this.#closed) throw new GeyserError("invalid_state", `this subscriber of "${this.name}" is closed; subscribe again`);
    if (this.#waiter !== null || this.#looking) throw new GeyserError("invalid_state", `another acquire() of "${this.name}" is waiting; one at a time is allowed`);
    const { maxHeld } = this.#options;
    if (this.#held >= maxHeld) {
      throw new GeyserError("limit_exceeded", `${this.#held} frames of "${this.name}" are held and ${maxHeld} are allowed; close one, or set SubscriberOptions.maxHeld`);
    }
    if (this.#pending.length > 0 && this.#stream.pacing === "latest") {
      this.#looking = true;
      await turn();
      this.#looking = false;
      if (this.#closed) throw new GeyserError("invalid_state", `this subscriber of "${this.name}" was closed while acquire() waited`);
    }
    if (this.#pending.length > 0) return this.#take();
    if (this.#state === "ended") throw this.#gone();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#refuse(
          this.#state === "attached" ? new GeyserError("timed_out", `no new frame of "${this.name}" came within ${timeout} ms; ask again`) : this.#gone()
        );
      }, timeout);
      this.#waiter = { resolve, reject, timer };
    });
  }
  async *[Symbol.asyncIterator]() {
    while (!this.#closed) {
      if (this.#state === "ended" && this.#pending.length === 0) return;
      let frame;
      try {
        frame = await this.acquire(6e4);
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof GeyserError && (error.code === "timed_out" || error.code === "peer_gone")) continue;
        throw error;
      }
      yield frame;
    }
  }
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#state = "ended";
    for (const arrival of this.#pending) discard(arrival);
    this.#pending = [];
    if (this.#waiter !== null) this.#refuse(new GeyserError("invalid_state", `this subscriber of "${this.name}" was closed while acquire() waited`));
    this.#closedByProgram();
  }
  [Symbol.asyncDispose]() {
    return this.close();
  }
  #take() {
    const arrival = this.#pending.shift();
    const { number } = arrival.info;
    const skipped = this.#last === null ? 0 : Math.max(0, number - this.#last - 1);
    const info = { ...arrival.info, skipped };
    if (this.#generation === null || !sameDescriptor(this.#generation, info)) this.#generations++;
    this.#generation = info;
    this.#last = number;
    this.#frames++;
    this.#skipped += skipped;
    this.#held++;
    arrival.acquired?.();
    const released = () => {
      this.#held--;
      arrival.released?.();
    };
    return new ReadFrame({ info, payload: arrival.payload, transfer: arrival.transfer, released, stream: this.name });
  }
  #refuse(error) {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter === null) return;
    clearTimeout(waiter.timer);
    waiter.reject(error);
  }
  #gone() {
    const next = this.#state === "ended" ? "subscribe again" : "ask again, the subscriber attaches by itself";
    return new GeyserError("peer_gone", `the publisher of "${this.name}" is away (${this.#why}); ${next}`);
  }
};
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
function discard(arrival) {
  closePayload(arrival.payload);
  arrival.released?.();
}

// src/native/pixels.ts
function sizeOf(source) {
  if (typeof VideoFrame !== "undefined" && source instanceof VideoFrame) return { width: source.displayWidth, height: source.displayHeight };
  if (typeof HTMLVideoElement !== "undefined" && source instanceof HTMLVideoElement) return { width: source.videoWidth, height: source.videoHeight };
  if (typeof HTMLImageElement !== "undefined" && source instanceof HTMLImageElement) return { width: source.naturalWidth, height: source.naturalHeight };
  const { width, height } = source;
  return { width, height };
}
var PixelReader = class {
  #canvas = null;
  /** The picture of this moment. Errors: invalid_argument (empty, too large), invalid_state (closed, of another origin). */
  read(source) {
    const { width, height } = sizeOf(source);
    if (!(width >= 1 && height >= 1 && width <= maxExtent && height <= maxExtent))
      throw new GeyserError("invalid_argument", `The picture has ${width}x${height} texels; 1x1 to ${maxExtent}x${maxExtent} can be published.`);
    if (typeof ImageData !== "undefined" && source instanceof ImageData) return { width, height, bytes: new Uint8Array(source.data) };
    try {
      if (this.#canvas?.width !== width || this.#canvas.height !== height) this.#canvas = new OffscreenCanvas(width, height);
      const context = this.#canvas.getContext("2d", { willReadFrequently: true });
      if (context === null) throw new GeyserError("unsupported_feature", "This browser gives no 2D context for an OffscreenCanvas.");
      context.globalCompositeOperation = "copy";
      context.drawImage(source, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    } catch (error) {
      throw asGeyserError(error, "invalid_state", "Reading the picture");
    }
  }
};

// src/native/protocol.ts
var subprotocol = "geyser.1";
var headerBytes = 64;
var maxPayloadBytes = 256 * 1024 * 1024;
var maxTextCharacters = 1024 * 1024;
var maxStreams = 4096;
var maxDescriptionBytes = 64 * 1024;
var maxId = 4294967295;
var magic = 1381194055;
function wrong(what) {
  return new GeyserError("protocol_error", `The server sent ${what}; use geyser serve and geyser-web of one release.`);
}
function shown(value) {
  let text;
  try {
    text = typeof value === "string" ? JSON.stringify(value) : String(JSON.stringify(value) ?? typeof value);
  } catch {
    text = typeof value;
  }
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
var Fields = class {
  type;
  fields;
  constructor(type, fields) {
    this.type = type;
    this.fields = fields;
  }
  has(name) {
    return this.fields[name] !== void 0 && this.fields[name] !== null;
  }
  text(name, most) {
    const value = this.fields[name];
    if (typeof value !== "string" || value.length > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a text of at most ${most} characters`);
    return value;
  }
  name(name) {
    const value = this.text(name, maxNameBytes);
    if (!isName(value)) throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, which is no name of a stream`);
    return value;
  }
  whole(name, least, most) {
    const value = this.fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a whole number from ${least} to ${most}`);
    return value;
  }
  number(name) {
    const value = this.fields[name];
    if (typeof value !== "number" || !Number.isFinite(value))
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a number`);
    return value;
  }
  count(name) {
    return this.whole(name, 0, Number.MAX_SAFE_INTEGER);
  }
  id() {
    return this.whole("id", 0, maxId);
  }
  side(name) {
    return this.whole(name, 1, maxExtent);
  }
  list(name, most) {
    const value = this.fields[name];
    if (!Array.isArray(value) || value.length > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a list of at most ${most}`);
    return value;
  }
};
function fieldsOf(type, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${shown(value)} where a ${type} was due`);
  return new Fields(type, value);
}
function listedStream(value) {
  const fields = fieldsOf("stream", value);
  const alive = value.alive;
  return {
    name: fields.name("name"),
    width: fields.whole("width", 0, 4294967295),
    // streams wider than a browser can show are listed, too
    height: fields.whole("height", 0, 4294967295),
    format: fields.text("format", 64),
    fps: fields.has("fps") ? Math.max(0, fields.number("fps")) : 0,
    readers: fields.has("readers") ? fields.count("readers") : 0,
    alive: alive !== false
  };
}
function bytesOfBase64(text) {
  let decoded;
  try {
    decoded = atob(text);
  } catch {
    throw wrong("a decoder description that is no base64");
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
function parseMessage(text) {
  if (text.length > maxTextCharacters)
    throw wrong(`a text of ${text.length} characters, of which ${maxTextCharacters} are the most`);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(`a text that is no JSON: ${shown(text)}`);
  }
  const outer = fieldsOf("message", value);
  const type = outer.text("type", 64);
  const fields = fieldsOf(type, value);
  switch (type) {
    case "hello": {
      const protocol = fields.count("protocol");
      if (protocol !== 1) throw wrong(`protocol ${protocol}, and this client speaks protocol 1`);
      const encoders = fields.list("encoders", 64).map((codec) => {
        if (typeof codec !== "string" || codec.length > 64) throw wrong(`an encoder named ${shown(codec)}`);
        return codec;
      });
      const publish = value.publish !== false;
      return { type, protocol, server: fields.text("server", 256), encoders, publish };
    }
    case "streams":
      return { type, streams: fields.list("streams", maxStreams).map(listedStream) };
    case "subscribed": {
      const transport = fields.text("transport", 16);
      if (transport !== "raw" && transport !== "video") throw wrong(`a transport named ${shown(transport)}`);
      const codec = fields.has("codec") ? fields.text("codec", 64) : void 0;
      if (transport === "video" && codec === void 0) throw wrong("a video subscription without a codec");
      return {
        type,
        id: fields.id(),
        stream: fields.name("stream"),
        width: fields.side("width"),
        height: fields.side("height"),
        format: fields.text("format", 64),
        transport,
        ...codec === void 0 ? {} : { codec },
        ...fields.has("description") ? { description: bytesOfBase64(fields.text("description", maxDescriptionBytes)) } : {}
      };
    }
    case "stats":
      return { type, id: fields.id(), published: fields.count("published"), sent: fields.count("sent"), skipped: fields.count("skipped") };
    case "ended":
      return { type, id: fields.id(), reason: fields.text("reason", 4096) };
    case "published":
      return { type, id: fields.id(), name: fields.name("name") };
    case "error": {
      const code = fields.text("code", 64);
      return {
        type,
        ...fields.has("id") ? { id: fields.id() } : {},
        code: isErrorCode(code) ? code : "internal",
        // a later release may have more of them
        message: fields.text("message", 4096)
      };
    }
    case "pong":
      return { type, time: fields.number("time"), serverTime: fields.number("serverTime") };
    default:
      throw wrong(`a message of the unknown type ${shown(type)}`);
  }
}
function small(value, what) {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw wrong(`a frame whose ${what} is ${value}, which is beyond what a browser can count`);
  return number;
}
function parseFrame(message) {
  if (message.byteLength < headerBytes)
    throw wrong(`a binary message of ${message.byteLength} bytes, and a frame's header alone has ${headerBytes}`);
  const view = new DataView(message);
  if (view.getUint32(0, true) !== magic) throw wrong(`a binary message that begins with 0x${view.getUint32(0, true).toString(16)}, not with GYSR`);
  if (view.getUint16(4, true) !== headerBytes) throw wrong(`a frame with a header of ${view.getUint16(4, true)} bytes, not ${headerBytes}`);
  const kinds = [void 0, "raw", "key", "delta"];
  const kind = kinds[view.getUint8(6)];
  if (kind === void 0) throw wrong(`a frame of kind ${view.getUint8(6)}, of which there are 1 to 3`);
  const payloadBytes = view.getUint32(12, true);
  if (payloadBytes > maxPayloadBytes || payloadBytes !== message.byteLength - headerBytes)
    throw wrong(`a frame that announces ${payloadBytes} bytes and has ${message.byteLength - headerBytes}`);
  const width = view.getUint32(48, true);
  const height = view.getUint32(52, true);
  if (width < 1 || height < 1 || width > maxExtent || height > maxExtent)
    throw wrong(`a frame of ${width}x${height} texels, of which ${maxExtent}x${maxExtent} are the most`);
  const formats = ["rgba8unorm", "bgra8unorm"];
  const format = formats[view.getUint32(56, true)];
  if (format === void 0) throw wrong(`a frame of format ${view.getUint32(56, true)}, of which there are 0 and 1`);
  if (kind === "raw" && payloadBytes !== width * height * 4)
    throw wrong(`a raw frame of ${width}x${height} texels with ${payloadBytes} bytes, not ${width * height * 4}`);
  if (kind !== "raw" && payloadBytes === 0) throw wrong("a video frame without bytes");
  return {
    kind,
    id: view.getUint32(8, true),
    number: small(view.getBigUint64(16, true), "number"),
    timestamp: small(view.getBigInt64(24, true), "timestamp"),
    publishedAt: small(view.getBigInt64(32, true), "time of publishing"),
    sentAt: small(view.getBigInt64(40, true), "time of sending"),
    width,
    height,
    format,
    payload: new Uint8Array(message, headerBytes)
  };
}
function writeRawFrame(id, number, timestamp, width, height, format, pixels) {
  const message = new ArrayBuffer(headerBytes + pixels.byteLength);
  const view = new DataView(message);
  view.setUint32(0, magic, true);
  view.setUint16(4, headerBytes, true);
  view.setUint8(6, 1);
  view.setUint32(8, id, true);
  view.setUint32(12, pixels.byteLength, true);
  view.setBigUint64(16, BigInt(number), true);
  view.setBigInt64(24, BigInt(Math.round(timestamp)), true);
  view.setUint32(48, width, true);
  view.setUint32(52, height, true);
  view.setUint32(56, format === "rgba8unorm" ? 0 : 1, true);
  new Uint8Array(message, headerBytes).set(pixels);
  return message;
}

// src/native/publisher.ts
var answerWithin = 1e4;
var lookEvery = 4;
var NativePublisher = class {
  name;
  uuid = crypto.randomUUID();
  /** How frames reach native readers. */
  transfer = {
    transfer: "cpu",
    why: "The picture is read back to memory of the CPU, sent through a socket as RGBA pixels, and uploaded or mapped by geyser serve."
  };
  #line;
  #members;
  #ring;
  #reader = new PixelReader();
  #id = null;
  #descriptor = null;
  #announced = null;
  #asked = null;
  #busy = false;
  #closed = false;
  #error = null;
  #published = 0;
  #late = null;
  // of a frame before
  constructor(line, name, options, members) {
    checkName(name);
    const { ring = 3 } = options;
    if (!Number.isInteger(ring) || ring < 2 || ring > 16)
      throw new GeyserError("invalid_argument", `PublisherOptions.ring is ${String(ring)}; 2 to 16 are allowed`);
    this.name = name;
    this.#line = line;
    this.#members = members;
    this.#ring = ring;
    members.add(this);
  }
  get descriptor() {
    return this.#descriptor;
  }
  get closed() {
    return this.#closed;
  }
  get hasSubscribers() {
    return this.#readers() > 0;
  }
  get statistics() {
    return { published: this.#published, sent: this.#published, skipped: 0, readers: this.#readers(), malformed: 0 };
  }
  /** @internal Makes the stream. */
  async announce(width, height) {
    if (!this.#line.open) throw new GeyserError("peer_gone", "There is no connection to geyser serve now; it is being sought again.");
    if (this.#id !== null) {
      this.#line.send({ type: "unpublish", id: this.#id });
      this.#line.leave(this.#id);
    }
    const id = this.#line.join(this);
    this.#id = id;
    this.#announced = null;
    this.#line.send({ type: "publish", id, name: this.name, width, height, format: "rgba8unorm" });
    let timer;
    try {
      await new Promise((resolve, reject) => {
        this.#asked = { resolve, reject };
        timer = setTimeout(
          () => reject(new GeyserError("timed_out", `geyser serve did not answer about publishing "${this.name}" within ${answerWithin} ms.`)),
          answerWithin
        );
      });
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#asked = null;
    }
    this.#announced = { width, height };
  }
  /** As Publisher.publish(); also rejects with what the server said of a frame before, which is then lost. */
  async publish(source, options = {}) {
    const { timeout = 1e3, timestamp = now() } = options;
    checkTimeout(timeout, "PublishOptions.timeout");
    if (this.#error !== null) throw this.#error;
    if (this.#closed) throw new GeyserError("invalid_state", `The publisher of "${this.name}" is closed; publish the stream again.`);
    if (this.#late !== null) {
      const late = this.#late;
      this.#late = null;
      throw late;
    }
    if (this.#busy) throw new GeyserError("invalid_state", `The frame of "${this.name}" before is still waiting for room; wait for its publish().`);
    const { width, height, bytes } = this.#reader.read(source);
    this.#busy = true;
    try {
      if (this.#announced === null || this.#announced.width !== width || this.#announced.height !== height) await this.announce(width, height);
      await this.#room(bytes.byteLength, timeout);
      const number = this.#published + 1;
      const id = this.#id;
      if (id === null || !this.#line.send(writeRawFrame(id, number, timestamp, width, height, "rgba8unorm", bytes)))
        throw this.#error ?? new GeyserError("peer_gone", "The connection to geyser serve was lost; it is being sought again.");
      this.#published = number;
      this.#descriptor = { width, height, format: "rgba8unorm" };
      return number;
    } finally {
      this.#busy = false;
    }
  }
  async waitForSubscribers(count, timeout) {
    checkTimeout(timeout, "the time to wait for subscribers");
    const until = performance.now() + timeout;
    while (this.#readers() < count) {
      if (this.#error !== null) throw this.#error;
      if (performance.now() >= until)
        throw new GeyserError("timed_out", `"${this.name}" has ${this.#readers()} readers after ${timeout} ms, and ${count} were waited for.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#id !== null) this.#line.send({ type: "unpublish", id: this.#id });
    this.#forget();
    this.#members.delete(this);
  }
  [Symbol.asyncDispose]() {
    return this.close();
  }
  /** @internal The connection is lost: the next frame makes the stream anew. */
  lost() {
    this.#forget();
    this.#asked?.reject(new GeyserError("peer_gone", "The connection to geyser serve was lost; it is being sought again."));
  }
  /** @internal For good. */
  fail(error) {
    if (this.#closed) return;
    this.#error ??= error;
    this.#asked?.reject(error);
    void this.close();
  }
  message(message) {
    if (message.type === "published") {
      if (message.name !== this.name)
        throw new GeyserError("protocol_error", `The server published "${message.name}" where "${this.name}" was asked for.`);
      this.#asked?.resolve();
    } else if (message.type === "error" || message.type === "ended") {
      const error = message.type === "error" ? new GeyserError(message.code, message.message) : new GeyserError("peer_gone", `The stream ended: ${message.reason}`);
      if (this.#asked !== null) this.#asked.reject(error);
      else {
        this.#late ??= error;
        if (message.type === "ended" || ["not_found", "invalid_state", "peer_gone"].includes(error.code)) this.#forget();
      }
    } else {
      throw new GeyserError("protocol_error", `The server sent a ${message.type} message about publishing "${this.name}".`);
    }
  }
  frame() {
    throw new GeyserError("protocol_error", `The server sent a frame of "${this.name}", which this page publishes.`);
  }
  #readers() {
    return this.#line.streams.find((stream) => stream.name === this.name)?.readers ?? 0;
  }
  #forget() {
    if (this.#id !== null) this.#line.leave(this.#id);
    this.#id = null;
    this.#announced = null;
  }
  // A browser queues what is sent without bound: at most ring - 1 frames may wait in it.
  async #room(bytes, timeout) {
    const until = performance.now() + timeout;
    while (this.#line.open && this.#line.pending > bytes * (this.#ring - 2)) {
      if (performance.now() >= until)
        throw new GeyserError("timed_out", `"${this.name}": ${this.#line.pending} bytes of earlier frames were not sent within ${timeout} ms; publish fewer or smaller frames.`);
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
  }
};

// src/formats.ts
function nativeFormat(name) {
  const plain = name.replace(/(\d)_srgb$/, "$1_unorm_srgb").replace(/[_-]/g, "");
  return textureFormats.find((format) => format.replace(/-/g, "") === plain) ?? "undefined";
}

// src/native/latency.ts
var ServerClock = class {
  #samples = [];
  /** `sent` and `received` are this page's, `server` the server's, all in microseconds. */
  add(sent, received, server) {
    if (!(received >= sent)) return;
    this.#samples.push({ offset: server - (sent + received) / 2, trip: received - sent });
    if (this.#samples.length > 16) this.#samples.shift();
  }
  /** A server that was started anew may count from elsewhere. */
  reset() {
    this.#samples = [];
  }
  get best() {
    return this.#samples.reduce((best, sample) => best && best.trip <= sample.trip ? best : sample, void 0);
  }
  /** Server's microseconds now; undefined before the first answer. */
  now() {
    const best = this.best;
    return best && now() + best.offset;
  }
};
var Recent = class {
  #values = [];
  #size;
  constructor(size = 256) {
    this.#size = size;
  }
  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }
  clear() {
    this.#values = [];
  }
  spread() {
    if (this.#values.length === 0) return void 0;
    const sorted = [...this.#values].sort((a, b) => a - b);
    const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    return { median: at(0.5), p95: at(0.95) };
  }
};
var Rate = class {
  #times = [];
  add(at = performance.now()) {
    this.#times.push(at);
    if (this.#times.length > 1024) this.#times.shift();
  }
  perSecond(at = performance.now()) {
    while (this.#times.length > 0 && at - this.#times[0] > 2e3) this.#times.shift();
    const first = this.#times[0];
    if (first === void 0 || this.#times.length < 2) return 0;
    return (this.#times.length - 1) * 1e3 / Math.max(at - first, 1);
  }
};

// src/native/link.ts
var helloWithin = 1e4;
var pingEvery = 1e3;
var silentFor = 15e3;
function serverAddress(url, token) {
  let given;
  try {
    given = new URL(url, typeof location === "undefined" ? void 0 : location.href);
  } catch {
    throw new GeyserError("invalid_argument", `"${String(url)}" is no address; give the one that geyser serve prints.`);
  }
  const secure = given.protocol === "https:" || given.protocol === "wss:";
  if (!secure && given.protocol !== "http:" && given.protocol !== "ws:")
    throw new GeyserError("invalid_argument", `The address begins with ${given.protocol}; http:, https:, ws: and wss: are possible.`);
  const used = token ?? given.searchParams.get("token") ?? "";
  if (used === "")
    throw new GeyserError("invalid_argument", "There is no token in the address; open the whole address that geyser serve prints.");
  const at = (scheme, path) => {
    const made = new URL(`${scheme}//${given.host}${path}`);
    made.searchParams.set("token", used);
    return made;
  };
  return { socket: at(secure ? "wss:" : "ws:", "/ws"), streams: at(secure ? "https:" : "http:", "/streams"), token: used };
}
var Link = class {
  #socket;
  #state = "connecting";
  #timer;
  #pings;
  #lostAt;
  #attempts = 0;
  #heardAt = 0;
  #said;
  #first;
  #longest;
  #giveUpAfter;
  #address;
  #clock;
  #events;
  constructor(address, clock, events, reconnect = {}) {
    this.#address = address;
    this.#clock = clock;
    this.#events = events;
    this.#first = Math.max(10, reconnect.first ?? 250);
    this.#longest = Math.max(this.#first, reconnect.longest ?? 4e3);
    this.#giveUpAfter = Math.max(0, reconnect.giveUpAfter ?? 12e4);
    this.#open();
  }
  get state() {
    return this.#state;
  }
  /** Bytes that were sent and have not left yet. */
  get pending() {
    return this.#socket?.bufferedAmount ?? 0;
  }
  /** False when there is no connection: what is lost is asked for again when there is one. */
  send(message) {
    if (this.#state !== "open" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
    return true;
  }
  close(error) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#drop();
    this.#events.closed(error);
  }
  #drop() {
    clearTimeout(this.#timer);
    clearInterval(this.#pings);
    const socket = this.#socket;
    this.#socket = void 0;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }
  #open() {
    let socket;
    try {
      socket = new WebSocket(this.#address.socket, subprotocol);
    } catch (error) {
      return this.close(asGeyserError(error, "invalid_argument", `Connecting to ${this.#address.socket.host}`));
    }
    this.#socket = socket;
    this.#said = void 0;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#received(event.data);
    socket.onclose = (event) => void this.#ended(event.code);
    this.#timer = setTimeout(() => void this.#ended(0), helloWithin);
  }
  #received(data) {
    this.#heardAt = performance.now();
    try {
      if (typeof data === "string") this.#text(parseMessage(data));
      else if (data instanceof ArrayBuffer) {
        if (data.byteLength > maxPayloadBytes + headerBytes)
          throw new GeyserError("protocol_error", `The server sent ${data.byteLength} bytes in one message, of which ${maxPayloadBytes} are the most.`);
        const frame = parseFrame(data);
        if (this.#state !== "open") throw new GeyserError("protocol_error", "The server sent a frame before it said hello.");
        this.#events.frame(frame);
      }
    } catch (error) {
      this.close(error instanceof GeyserError ? error : new GeyserError("internal", `A message could not be handled: ${String(error)}.`));
    }
  }
  #text(message) {
    if (message.type === "hello") {
      if (this.#state === "open") throw new GeyserError("protocol_error", "The server said hello twice.");
      clearTimeout(this.#timer);
      this.#state = "open";
      this.#attempts = 0;
      this.#lostAt = void 0;
      this.#clock.reset();
      this.#ping();
      this.#pings = setInterval(() => this.#ping(), pingEvery);
      this.#events.opened(message);
      return;
    }
    if (message.type === "error" && message.id === void 0) this.#said = new GeyserError(message.code, message.message);
    if (this.#state !== "open") {
      if (message.type === "error") return;
      throw new GeyserError("protocol_error", `The server sent a ${message.type} message before it said hello.`);
    }
    if (message.type === "pong") this.#clock.add(message.time, now(), message.serverTime);
    else this.#events.message(message);
  }
  #ping() {
    if (performance.now() - this.#heardAt > silentFor) {
      void this.#ended(0);
      return;
    }
    this.send({ type: "ping", time: now() });
  }
  async #ended(code) {
    const opened = this.#state === "open";
    this.#drop();
    if (this.#state === "closed") return;
    if (this.#said && (code === 1002 || code === 1008)) return this.close(this.#said);
    this.#state = "waiting";
    this.#lostAt ??= performance.now();
    if (opened) this.#events.lost();
    const why = await this.#refusal();
    if (this.state !== "waiting") return;
    if (why) return this.close(why);
    if (performance.now() - this.#lostAt >= this.#giveUpAfter) {
      const told = this.#said ? ` It said: ${this.#said.message}` : "";
      return this.close(new GeyserError("peer_gone", `${this.#address.socket.host} does not answer; is geyser serve running?${told}`));
    }
    const pause = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts++, 16));
    this.#timer = setTimeout(() => this.#open(), pause);
  }
  /** A page is not told why a WebSocket was refused; the server's list of streams is refused for the same reasons, in words. */
  async #refusal() {
    try {
      const answer = await fetch(this.#address.streams, { cache: "no-store", signal: AbortSignal.timeout(5e3) });
      if (answer.status !== 403) return void 0;
      const text = (await answer.text()).replace(/\s+/g, " ").trim().slice(0, 300);
      return new GeyserError("invalid_argument", text || "The server refuses this page; open the address that geyser serve prints.");
    } catch {
      return void 0;
    }
  }
};

// src/native/unpacker.ts
var candidates = ["avc1.42E01F", "vp09.00.10.08", "vp8"];
var maxQueued = 8;
var maxFailures = 8;
async function decodable(codecs = candidates) {
  if (typeof VideoDecoder === "undefined") return [];
  const answers = await Promise.all(
    codecs.slice(0, 32).map(async (codec) => {
      try {
        return (await VideoDecoder.isConfigSupported({ codec, codedWidth: 1280, codedHeight: 720 })).supported === true;
      } catch {
        return false;
      }
    })
  );
  return codecs.filter((_, i) => answers[i]);
}
var Unpacker = class {
  #decoder;
  #waitingForKey = true;
  #failures = 0;
  #dropped = 0;
  #pending = /* @__PURE__ */ new Map();
  #config;
  #events;
  constructor(config, events) {
    this.#config = {
      codec: config.codec,
      codedWidth: config.width,
      codedHeight: config.height,
      optimizeForLatency: true,
      // What the server makes; the coded streams do not say it, and a browser's guess goes by size and codec.
      colorSpace: { primaries: "bt709", transfer: "bt709", matrix: config.codec === "vp8" ? "smpte170m" : "bt709", fullRange: false },
      ...config.description ? { description: config.description.slice() } : {}
    };
    this.#events = events;
  }
  get queued() {
    return this.#decoder?.decodeQueueSize ?? 0;
  }
  /** Chunks that were not decoded. */
  get dropped() {
    return this.#dropped;
  }
  push(frame) {
    if (frame.kind === "key") this.#waitingForKey = false;
    else if (this.#waitingForKey || this.queued >= maxQueued) {
      if (!this.#waitingForKey) this.#askForKey();
      this.#dropped++;
      this.#events.room();
      return;
    }
    try {
      const decoder = this.#ready();
      this.#pending.set(frame.number, frame);
      decoder.decode(
        new EncodedVideoChunk({ type: frame.kind === "key" ? "key" : "delta", timestamp: frame.number, data: frame.payload })
      );
    } catch (error) {
      this.#pending.delete(frame.number);
      this.#failure(error);
    }
  }
  close() {
    const decoder = this.#decoder;
    this.#decoder = void 0;
    this.#pending.clear();
    if (decoder && decoder.state !== "closed") decoder.close();
  }
  #ready() {
    if (this.#decoder && this.#decoder.state === "configured") return this.#decoder;
    const decoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder === decoder) this.#decoded(picture);
        else picture.close();
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#failure(error);
      }
    });
    decoder.ondequeue = () => {
      if (this.#decoder === decoder) this.#events.room();
    };
    decoder.configure(this.#config);
    this.#decoder = decoder;
    return decoder;
  }
  #decoded(decoded) {
    const from = this.#pending.get(decoded.timestamp);
    for (const number of this.#pending.keys()) if (number <= decoded.timestamp) this.#pending.delete(number);
    if (!from) {
      decoded.close();
      return;
    }
    this.#failures = 0;
    let picture;
    try {
      picture = new VideoFrame(decoded, { timestamp: from.timestamp });
    } catch (error) {
      this.#failure(error);
      return;
    } finally {
      decoded.close();
    }
    this.#events.picture(picture, from);
  }
  #failure(error) {
    this.close();
    const words = error instanceof Error ? error.message : String(error);
    if (++this.#failures > maxFailures) {
      const what = `The browser decodes none of the ${this.#config.codec} video that it gets (${words}); ask for the transport raw.`;
      this.#events.failed(new GeyserError("unsupported_format", what));
      return;
    }
    this.#askForKey();
    this.#events.room();
  }
  #askForKey() {
    this.#waitingForKey = true;
    this.#events.needsKeyFrame();
  }
};

// src/native/subscriber.ts
var copies = {
  raw: { transfer: "cpu", why: "geyser serve copies the frame to memory of the CPU and sends its pixels through a socket as they are." },
  video: { transfer: "cpu", why: "geyser serve copies the frame to memory of the CPU, compresses it, which loses detail, and sends it through a socket." }
};
var NativeSubscriber = class _NativeSubscriber extends SubscriberCore {
  #line;
  #wishes;
  #codecs;
  #members;
  #connecting = true;
  #id = null;
  #agreed = null;
  #asked = null;
  #unpacker = null;
  #generation = 0;
  #shape = null;
  #toAcknowledge = [];
  #waiting = 0;
  // delivered since the last acquire()
  #error = null;
  #rate = new Rate();
  #arrival = new Recent();
  #shown = new Recent();
  #server = null;
  #undecoded = 0;
  constructor(line, name, codecs, wishes, members) {
    const stream = { name, uuid: "", texture: null, pacing: "latest", application: "", readers: 0 };
    super(stream, checkedSubscriberOptions(wishes), 16, () => this.#leave());
    this.#line = line;
    this.#wishes = wishes;
    this.#codecs = codecs;
    this.#members = members;
    members.add(this);
  }
  /** Errors: invalid_argument, unsupported_format (no codec), and what the server answers. */
  static async connect(line, name, wishes, members) {
    checkWishes(wishes);
    const codecs = wishes.transport === "raw" ? [] : await decodable(wishes.codecs);
    if (wishes.transport === "video" && codecs.length === 0)
      throw new GeyserError("unsupported_format", "This browser decodes none of the codecs that geyser serve may send; use the transport raw.");
    const { connectTimeout } = checkedSubscriberOptions(wishes);
    const made = new _NativeSubscriber(line, name, codecs, wishes, members);
    const until = performance.now() + connectTimeout;
    let why = null;
    for (; ; ) {
      try {
        await made.#ask(Math.max(1, until - performance.now()));
        made.#connecting = false;
        return made;
      } catch (error) {
        const absent = error instanceof GeyserError && (error.code === "not_found" || error.code === "peer_gone");
        if (!absent || performance.now() >= until) {
          await made.close();
          throw why !== null && error instanceof GeyserError && error.code === "timed_out" ? why : error;
        }
        why = error;
        await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(1, until - performance.now()))));
      }
    }
  }
  async acquire(timeout) {
    if (this.#error !== null) throw this.#error;
    let frame;
    try {
      frame = await super.acquire(timeout);
    } catch (error) {
      if (this.state === "waiting" && this.#line.streams.some((stream) => stream.name === this.name && stream.alive)) this.retry();
      throw this.#error ?? error;
    }
    this.#waiting = 0;
    this.#rate.add();
    this.#acknowledge();
    return frame;
  }
  /** Says that the frame is on the screen now, for the figures. */
  shown(frame) {
    this.#shown.add((now() - frame.info.published) / 1e3);
  }
  get measurements() {
    const trip = this.#line.clock.best?.trip;
    return {
      transport: this.#agreed?.transport ?? "raw",
      codec: this.#agreed?.codec ?? null,
      fps: this.#rate.perSecond(),
      arrival: this.#arrival.spread() ?? null,
      shown: this.#shown.spread() ?? null,
      roundTrip: trip === void 0 ? null : trip / 1e3,
      server: this.#server,
      undecoded: this.#undecoded + (this.#unpacker?.dropped ?? 0)
    };
  }
  /** @internal The connection is there again, or the stream may be: asks anew if it has to. */
  retry() {
    if (this.#connecting || this.closed || this.#error !== null || this.#id !== null || this.#asked !== null || this.state !== "waiting") return;
    this.#ask(1e4).catch((error) => {
      if (!["not_found", "peer_gone", "timed_out", "invalid_state"].includes(error.code)) this.fail(error);
    });
  }
  /** @internal The connection is lost, or the stream has ended. */
  lost(why) {
    this.#forget();
    this.#asked?.reject(new GeyserError("peer_gone", `The connection to geyser serve was lost (${why}).`));
    this.detach(why);
  }
  /** @internal For good. */
  fail(error) {
    if (this.closed || this.#error !== null) return;
    this.#error = error;
    this.#asked?.reject(error);
    void this.close();
  }
  message(message) {
    switch (message.type) {
      case "subscribed":
        return this.#subscribed(message);
      case "stats":
        this.#server = { published: message.published, sent: message.sent, skipped: message.skipped };
        return;
      case "ended":
        return this.lost(message.reason);
      case "error": {
        const error = new GeyserError(message.code, message.message);
        if (this.#asked !== null) this.#asked.reject(error);
        else if (message.code === "peer_gone" || message.code === "not_found") this.lost(message.message);
        else this.fail(error);
        return;
      }
      default:
        throw new GeyserError("protocol_error", `The server sent a ${message.type} message about the subscription of "${this.name}".`);
    }
  }
  frame(frame) {
    const agreed = this.#agreed;
    if (agreed === null) throw new GeyserError("protocol_error", `The server sent a frame of "${this.name}" before it said what it is.`);
    if (frame.kind === "raw" !== (agreed.transport === "raw"))
      throw new GeyserError("protocol_error", `The server sent a frame of kind ${frame.kind} of "${this.name}", which travels as ${agreed.transport}.`);
    const serverNow = this.#line.clock.now();
    const late = serverNow === void 0 ? frame.sentAt - frame.publishedAt : serverNow - frame.publishedAt;
    this.#arrival.add(Math.max(0, late) / 1e3);
    this.#toAcknowledge.push(frame.number);
    if (frame.kind === "raw") {
      const { width, height, format } = frame;
      const bytes = frame.payload;
      this.#deliver(frame, { width, height, format }, { kind: "bytes", bytes, format });
    } else this.#unpacker?.push(frame);
    this.#acknowledge();
  }
  #subscribed(message) {
    if (message.stream !== this.name)
      throw new GeyserError("protocol_error", `The server answered with the stream "${message.stream}" where "${this.name}" was asked for.`);
    if (message.codec !== void 0 && message.transport === "video" && !hasFamily(this.#codecs, message.codec))
      throw new GeyserError("protocol_error", `The server sends ${message.codec}, which was not among the codecs asked for: ${this.#codecs.join(", ")}.`);
    const first = this.#agreed === null;
    this.#closeUnpacker();
    this.#agreed = message;
    if (message.transport === "video") this.#unpacker = this.#newUnpacker(message);
    const texture = { width: message.width, height: message.height, format: nativeFormat(message.format) };
    const listed = this.#line.streams.find((stream2) => stream2.name === this.name);
    const stream = { ...this.stream, texture, readers: listed?.readers ?? 0 };
    if (first) this.attach(stream);
    else this.update(stream);
    this.#asked?.resolve();
  }
  #newUnpacker(message) {
    const { width, height, description } = message;
    const config = { codec: message.codec, width, height, ...description ? { description } : {} };
    return new Unpacker(config, {
      picture: (picture, from) => {
        const format = nativeFormat((picture.format ?? "undefined").toLowerCase());
        const shape = { width: picture.displayWidth, height: picture.displayHeight, format };
        this.#deliver(from, shape, { kind: "video-frame", frame: picture, memory: "unknown" });
      },
      room: () => this.#acknowledge(),
      needsKeyFrame: () => this.#id !== null && this.#line.send({ type: "keyframe", id: this.#id }),
      failed: (error) => this.fail(error)
    });
  }
  #deliver(frame, shape, payload) {
    const transport = this.#agreed?.transport ?? "raw";
    if (this.#shape === null || this.#shape.width !== shape.width || this.#shape.height !== shape.height || this.#shape.format !== shape.format) {
      this.#shape = shape;
      this.#generation++;
    }
    const serverNow = this.#line.clock.now();
    const age = serverNow === void 0 ? frame.sentAt - frame.publishedAt : serverNow - frame.publishedAt;
    const info = {
      ...shape,
      number: frame.number,
      generation: this.#generation,
      published: Math.round(now() - age),
      timestamp: frame.timestamp,
      metadata: {}
    };
    this.#waiting++;
    this.deliver({ info, payload, transfer: copies[transport] });
  }
  // A frame is acknowledged when another one can be used: nothing waits to be acquired, and the decoder has room. So a page that does not
  // draw gets no more than the window.
  #acknowledge() {
    if (this.#waiting > 0 || (this.#unpacker?.queued ?? 0) > 1 || this.#id === null) return;
    const newest = this.#toAcknowledge.splice(0).at(-1);
    if (newest !== void 0) this.#line.send({ type: "ack", id: this.#id, number: newest });
  }
  async #ask(timeout) {
    if (!this.#line.open) throw new GeyserError("peer_gone", "There is no connection to geyser serve now.");
    const { transport = "auto", window = 2, maxWidth, maxFps } = this.#wishes;
    const common = this.#codecs.some((codec) => hasFamily(this.#line.encoders, codec));
    if (transport === "video" && !common) {
      const has = this.#line.encoders.join(", ") || "none";
      throw new GeyserError("unsupported_format", `The server encodes ${has} and this browser decodes ${this.#codecs.join(", ")}; use the transport raw.`);
    }
    const chosen = transport === "auto" ? common ? "video" : "raw" : transport;
    const id = this.#line.join(this);
    this.#id = id;
    this.#line.send({
      type: "subscribe",
      id,
      stream: this.name,
      transport: chosen,
      ...chosen === "video" ? { codecs: this.#codecs } : {},
      window,
      ...maxWidth === void 0 ? {} : { maxWidth },
      ...maxFps === void 0 ? {} : { maxFps }
    });
    let timer;
    try {
      await new Promise((resolve, reject) => {
        this.#asked = { resolve, reject };
        timer = setTimeout(() => {
          this.#line.send({ type: "unsubscribe", id });
          reject(new GeyserError("timed_out", `geyser serve did not answer about the stream "${this.name}" within ${Math.round(timeout)} ms.`));
        }, timeout);
      });
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#asked = null;
    }
  }
  #closeUnpacker() {
    this.#undecoded += this.#unpacker?.dropped ?? 0;
    this.#unpacker?.close();
    this.#unpacker = null;
  }
  #forget() {
    if (this.#id !== null) this.#line.leave(this.#id);
    this.#id = null;
    this.#agreed = null;
    this.#closeUnpacker();
    this.#toAcknowledge = [];
    this.#waiting = 0;
  }
  #leave() {
    if (this.#id !== null) this.#line.send({ type: "unsubscribe", id: this.#id });
    this.#forget();
    this.#members.delete(this);
  }
};
function hasFamily(codecs, codec) {
  return codecs.some((each) => each.split(".")[0] === codec.split(".")[0]);
}
function checkWishes(wishes) {
  const whole = (value, least, most, what) => {
    if (value !== void 0 && !(Number.isInteger(value) && value >= least && value <= most))
      throw new GeyserError("invalid_argument", `NativeSubscriberOptions.${what} is ${String(value)}; ${least} to ${most} are allowed`);
  };
  whole(wishes.window, 1, 8, "window");
  whole(wishes.maxWidth, 16, 16384, "maxWidth");
  if (wishes.maxFps !== void 0 && !(wishes.maxFps > 0 && wishes.maxFps <= 1e3))
    throw new GeyserError("invalid_argument", `NativeSubscriberOptions.maxFps is ${String(wishes.maxFps)}; more than 0 and at most 1000 are allowed`);
  if (!["raw", "video", "auto", void 0].includes(wishes.transport))
    throw new GeyserError("invalid_argument", `NativeSubscriberOptions.transport is "${String(wishes.transport)}"; raw, video and auto are possible`);
}

// src/native/server.ts
function connect(url, options = {}) {
  return NativeServer.connect(url, options);
}
var NativeServer = class _NativeServer {
  #clock = new ServerClock();
  #parties = /* @__PURE__ */ new Map();
  #subscribers = /* @__PURE__ */ new Set();
  #publishers = /* @__PURE__ */ new Set();
  #watchers = /* @__PURE__ */ new Set();
  #line;
  #link;
  #nextId = 1;
  #streams = [];
  #encoders = [];
  #version = "";
  #takesFrames = true;
  #changes = 0;
  #error = null;
  constructor(url, options, opened) {
    const server = this;
    this.#line = {
      clock: this.#clock,
      get open() {
        return server.state === "open";
      },
      get pending() {
        return server.#link.pending;
      },
      get streams() {
        return server.#streams;
      },
      get encoders() {
        return server.#encoders;
      },
      send: (message) => this.#link.send(message),
      join: (party) => {
        const id = this.#nextId++;
        this.#parties.set(id, party);
        return id;
      },
      leave: (id) => void this.#parties.delete(id)
    };
    this.#link = new Link(
      serverAddress(url, options.token),
      this.#clock,
      {
        opened: (hello) => {
          this.#encoders = hello.encoders;
          this.#version = hello.server;
          this.#takesFrames = hello.publish;
          this.#link.send({ type: "list" });
          opened();
          for (const subscriber of this.#subscribers) subscriber.retry();
          this.#changed();
        },
        lost: () => {
          this.#parties.clear();
          this.#streams = [];
          for (const subscriber of this.#subscribers) subscriber.lost("the server is away");
          for (const publisher of this.#publishers) publisher.lost();
          this.#changed();
        },
        message: (message) => this.#message(message),
        frame: (frame) => this.#frame(frame),
        closed: (error) => this.#closed(error)
      },
      options.reconnect
    );
  }
  /** @internal */
  static async connect(url, options) {
    const { timeout = 1e4 } = options;
    checkTimeout(timeout, "ConnectOptions.timeout");
    let opened = () => void 0;
    const open = new Promise((resolve) => opened = resolve);
    const server = new _NativeServer(url, options, opened);
    let timer;
    let stop = () => void 0;
    try {
      await Promise.race([
        open,
        new Promise((_, reject) => {
          stop = server.watch(() => server.error !== null && reject(server.error));
          if (server.error !== null) reject(server.error);
        }),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new GeyserError("timed_out", `geyser serve did not answer within ${timeout} ms; is it running there?`)), timeout);
        })
      ]);
    } catch (error) {
      await server.close();
      throw error;
    } finally {
      stop();
      clearTimeout(timer);
    }
    return server;
  }
  get state() {
    return this.#link?.state ?? "connecting";
  }
  /** Why the connection ended; null while it lives and after close(). */
  get error() {
    return this.#error;
  }
  /** "geyser 0.1.0". */
  get version() {
    return this.#version;
  }
  /** Codecs that the server can send. */
  get encoders() {
    return this.#encoders;
  }
  /** False: the server was started with --no-publish. */
  get takesFrames() {
    return this.#takesFrames;
  }
  /** The live list. */
  get streams() {
    return this.#streams;
  }
  /** Calls `changed` whenever state, error or streams did; the answer ends that. */
  watch(changed) {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }
  async subscribe(name, options = {}) {
    checkName(name);
    this.#alive();
    return NativeSubscriber.connect(this.#line, name, options, this.#subscribers);
  }
  async publish(name, options = {}) {
    this.#alive();
    const publisher = new NativePublisher(this.#line, name, options, this.#publishers);
    try {
      if (options.width !== void 0 && options.height !== void 0) await publisher.announce(options.width, options.height);
    } catch (error) {
      await publisher.close();
      throw error;
    }
    return publisher;
  }
  directory() {
    let seen = this.#changes;
    const described = (stream) => ({
      name: stream.name,
      uuid: "",
      texture: stream.width > 0 && stream.height > 0 ? { width: stream.width, height: stream.height, format: nativeFormat(stream.format) } : null,
      pacing: "latest",
      application: this.#version,
      readers: stream.readers
    });
    return {
      list: () => Promise.resolve(this.#streams.map(described)),
      find: (name) => {
        const found = this.#streams.find((stream) => stream.name === name);
        return Promise.resolve(found === void 0 ? null : described(found));
      },
      waitForChange: async (timeout) => {
        checkTimeout(timeout, "the time to wait for a change");
        if (seen === this.#changes) {
          await new Promise((resolve, reject) => {
            const stop = this.watch(() => {
              clearTimeout(timer);
              stop();
              resolve();
            });
            const timer = setTimeout(() => {
              stop();
              reject(new GeyserError("timed_out", `no stream appeared, ended or changed within ${timeout} ms`));
            }, timeout);
          });
        }
        seen = this.#changes;
      },
      close: () => void 0
    };
  }
  async close() {
    await Promise.all([...this.#subscribers, ...this.#publishers].map((party) => party.close()));
    this.#link.close();
  }
  #alive() {
    if (this.#error !== null) throw this.#error;
    if (this.state === "closed") throw new GeyserError("invalid_state", "This connection is closed; connect again.");
  }
  #changed() {
    this.#changes++;
    for (const watcher of [...this.#watchers]) watcher();
  }
  #message(message) {
    if (message.type === "streams") {
      this.#streams = message.streams;
      for (const subscriber of this.#subscribers)
        if (message.streams.some((stream) => stream.name === subscriber.name && stream.alive)) subscriber.retry();
      this.#changed();
      return;
    }
    const id = "id" in message ? message.id : void 0;
    if (id === void 0) {
      if (message.type !== "error") throw new GeyserError("protocol_error", `The server sent a ${message.type} message out of turn.`);
      console.warn(`geyser-web: ${message.message}`);
      return;
    }
    const party = this.#parties.get(id);
    if (party !== void 0) party.message(message);
    else if (id >= this.#nextId) throw new GeyserError("protocol_error", `The server sent a ${message.type} message about ${id}, which nobody asked for.`);
  }
  #frame(frame) {
    const party = this.#parties.get(frame.id);
    if (party !== void 0) party.frame(frame);
    else if (frame.id >= this.#nextId) throw new GeyserError("protocol_error", `The server sent a frame for ${frame.id}, which nobody asked for.`);
  }
  #closed(error) {
    this.#error = error ?? null;
    this.#parties.clear();
    this.#streams = [];
    const why = error ?? new GeyserError("invalid_state", "The connection was closed.");
    for (const party of [...this.#subscribers, ...this.#publishers]) party.fail(why);
    this.#changed();
  }
};
export {
  GeyserError,
  NativePublisher,
  NativeServer,
  NativeSubscriber,
  connect,
  decodable,
  now
};
