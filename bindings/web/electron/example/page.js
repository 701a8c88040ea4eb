// The page: draws each VideoFrame. Type-checked; never run in Electron.

/** @typedef {{ follow(stream: string, show: (frame: VideoFrame) => Promise<void>): Promise<void> }} Bridge */
const bridge = /** @type {Window & { geyser: Bridge }} */ (/** @type {unknown} */ (window)).geyser;
const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('canvas'));
const context = /** @type {ImageBitmapRenderingContext | CanvasRenderingContext2D} */ (canvas.getContext('2d'));

await bridge.follow(new URLSearchParams(location.search).get('stream') ?? '', async (frame) => {
  canvas.width = frame.displayWidth;
  canvas.height = frame.displayHeight;
  if (context instanceof CanvasRenderingContext2D) context.drawImage(frame, 0, 0);
  frame.close();
});
