/**
 * A beat that goes on in the background: pages that are hidden have their timers slowed down to one a minute, workers have not.
 */

const BEAT = `setInterval(() => postMessage(0), 200);`;

/** Calls `beat` five times a second, hidden or not. Returns how to stop it. */
export function everyBeat(beat) {
  const source = URL.createObjectURL(new Blob([BEAT], { type: "text/javascript" }));
  const worker = new Worker(source);
  worker.onmessage = beat;
  return () => {
    worker.terminate();
    URL.revokeObjectURL(source);
  };
}
