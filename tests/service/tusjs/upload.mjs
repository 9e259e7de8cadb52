// Uploads a file with tus-js-client and resumes by itself: node upload.mjs '{"endpoint", "token", "path", "metadata", "chunk"}'
// Prints what became of it as one line of JSON.
import { createReadStream } from "node:fs";
import { Upload } from "tus-js-client";

const told = JSON.parse(process.argv[2]);
let breaks = 0;
const upload = new Upload(createReadStream(told.path), {
  endpoint: told.endpoint,
  chunkSize: told.chunk,
  retryDelays: [10, 50, 100],
  headers: { Authorization: `Bearer ${told.token}` },
  metadata: told.metadata,
  onShouldRetry: () => (breaks += 1) < 4,
  onError: (error) => console.log(JSON.stringify({ error: String(error), breaks })),
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, breaks })),
});
upload.start();
