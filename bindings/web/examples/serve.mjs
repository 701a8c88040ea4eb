// Serves the examples on 127.0.0.1, .ts made into .js on the way, until Ctrl-C.
import { serve } from '../tests/support/server.mjs';

const { url } = await serve();
console.log(`${url}examples/gallery/index.html`);
