/** The frame's end of the channel to the host page: it receives requests, and sends their results and events. */
export function openChannel(methods) {
  let port;
  addEventListener("message", ({ data, ports, source }) => {
    if (data !== "connect" || source !== parent || ports.length !== 1 || port) return;
    port = ports[0];
    port.onmessage = async ({ data: { id, method, payload } }) => {
      const result = await methods[method]?.(payload);
      port.postMessage({ id, result });
    };
  });
  return { send: (event, payload) => port?.postMessage({ event, payload }) };
}
