// Between the two contexts: the preload script has Electron's API, the page has the canvas. The frame that Electron imported goes over the
// bridge as a VideoFrame; the page says when it is done with it. Type-checked; never run in Electron.
import { contextBridge, sharedTexture } from 'electron';
import { receive } from 'geyser-web/electron';

contextBridge.exposeInMainWorld('geyser', {
  /** @param {string} stream @param {(frame: VideoFrame) => Promise<void>} show */
  follow: async (stream, show) => {
    for await (const frame of receive(sharedTexture, stream)) {
      try {
        await show(frame.videoFrame);
      } finally {
        frame.close();
      }
    }
  },
});
