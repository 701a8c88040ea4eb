// The main process: reads the stream by the addon and forwards its frames to the window. Type-checked; never run in Electron.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, sharedTexture } from 'electron';
import { TextureForwarder } from 'geyser-web/electron';

/** @type {{ connect(options: { name: string, maxHeld?: number, connectTimeout?: number }): Promise<import('geyser-web/electron').NativeReader> }} */
const addon = createRequire(import.meta.url)('../native/build/geyser_electron.node');
const name = process.argv.at(-1) ?? '';

async function start() {
  const window = new BrowserWindow({
    width: 960,
    height: 600,
    backgroundColor: '#0e1216',
    webPreferences: { preload: fileURLToPath(new URL('preload.mjs', import.meta.url)), sandbox: false, contextIsolation: true },
  });
  await window.loadFile(fileURLToPath(new URL('index.html', import.meta.url)), { query: { stream: name } });
  const reader = await addon.connect({ name, maxHeld: 3, connectTimeout: 10_000 });
  const forwarder = new TextureForwarder(sharedTexture, reader, window.webContents.mainFrame, {
    stream: name,
    inFlight: 2,
    onError: (error) => console.warn(error),
  });
  window.on('closed', () => forwarder.close());
  await forwarder.run();
}

app.on('window-all-closed', () => app.quit());
await app.whenReady();
try {
  await start();
} catch (error) {
  dialog.showErrorBox('The stream cannot be shown', error instanceof Error ? error.message : String(error));
  app.exit(1);
}
