// Counts the pictures that live in this context: made, cloned or received, and neither closed nor transferred. Imported before the library.

type Picture = VideoFrame | ImageBitmap;
let seen: Picture[] = [];

function note<T>(value: T): T {
  if ((typeof VideoFrame !== 'undefined' && value instanceof VideoFrame) || value instanceof ImageBitmap) seen.push(value as Picture);
  return value;
}

function noteAll(data: unknown): void {
  note(data);
  if (typeof data === 'object' && data !== null) for (const member of Object.values(data)) note(member);
}

const width = (picture: Picture): number => ('codedWidth' in picture ? picture.codedWidth : picture.width);

/** A closed or transferred picture has no width. */
export function live(): number {
  seen = seen.filter((picture) => width(picture) > 0);
  return seen.length;
}

if (typeof VideoFrame !== 'undefined') {
  const { clone } = VideoFrame.prototype;
  VideoFrame.prototype.clone = function (): VideoFrame {
    return note(clone.call(this));
  };
  globalThis.VideoFrame = new Proxy(VideoFrame, { construct: (target, list) => note(Reflect.construct(target, list) as VideoFrame) });
}
const make = globalThis.createImageBitmap;
globalThis.createImageBitmap = (async (...list: Parameters<typeof make>) => note(await make(...list))) as typeof make;
const property = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage') as PropertyDescriptor;
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  ...property,
  set(this: MessagePort, handler: ((event: MessageEvent) => void) | null) {
    property.set?.call(this, handler === null ? null : (event: MessageEvent) => {
      noteAll(event.data);
      handler.call(this, event);
    });
  },
});
