// A SharedWorker's program that joins the tabs of an origin: it introduces contexts to each other, and no frame passes through it.
import { start } from './page/transport.js';

start();
