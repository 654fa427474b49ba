/**
 * Reads the body of a JSON route, strictly: an ambiguous body is refused, because the caller may have meant the other
 * reading. Pure. Source: RFC 8259.
 */
import { MAX_DEPTH, shownName } from "../contract/input-shape.ts";
import { Problem } from "../errors.ts";
import { duplicateName } from "./duplicate-names.ts";

/** Well below API Gateway's 10 MB and Lambda's 6 MB: no contract of ours needs more. */
export const MAX_BODY_BYTES = 256 * 1024;

/** One media type, once. Headers that were sent twice arrive joined by a comma, and do not match. */
const JSON_MEDIA_TYPE = /^\s*application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * The JSON value in `body`. `headers` have lowercase names. Throws PAYLOAD_TOO_LARGE above 256 KB, and BAD_REQUEST for
 * another content type, a compressed or empty body, a body that is not UTF-8 or not JSON, or an object with a name
 * twice.
 */
export function parseJsonBody(body: Buffer, headers: Headers): unknown {
  if (body.length > MAX_BODY_BYTES) {
    const message = `has ${body.length} bytes; at most ${MAX_BODY_BYTES} are allowed`;
    throw new Problem("PAYLOAD_TOO_LARGE", `The body ${message}`, { issues: [{ path: "", message }] });
  }
  if (!JSON_MEDIA_TYPE.test(headers["content-type"] ?? "")) {
    throw wrongHeader("Content-Type", "must be application/json, with charset=utf-8 or without a charset");
  }
  if (!/^\s*(?:identity\s*)?$/i.test(headers["content-encoding"] ?? "")) {
    throw wrongHeader("Content-Encoding", "must be left out: compressed bodies are not read");
  }
  if (body.length === 0) throw wrongBody("is empty; send a JSON object");
  if (body.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
    throw wrongBody("begins with a byte order mark; send UTF-8 without one");
  }
  const text = decode(body);
  const value = parse(text);
  const twice = duplicateName(text);
  if (twice !== undefined) {
    const path = twice.slice(0, MAX_DEPTH).map(shownName).join(".");
    throw wrongBody("occurs twice; a name can occur only once in an object", path);
  }
  return value;
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw wrongBody("is not valid UTF-8");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's message can quote the body, so it is not kept as the cause. Only the position is kept, if it has
    // one.
    const place = /\(line (\d+) column (\d+)\)/.exec(String(cause));
    throw wrongBody(`is not valid JSON${place === null ? "" : ` (line ${place[1]}, column ${place[2]})`}`);
  }
}

function wrongBody(message: string, path = ""): Problem {
  return new Problem("BAD_REQUEST", `${path === "" ? "The body" : path} ${message}`, {
    issues: [{ path, message }],
  });
}

function wrongHeader(name: string, message: string): Problem {
  return new Problem("BAD_REQUEST", `The header ${name} ${message}`, {
    issues: [{ path: `headers.${name}`, message }],
  });
}
