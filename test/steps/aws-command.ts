/** Commands of the AWS CLI in the documentation, as calls of the SDK, which the compiler checks. */

/** Options of the CLI itself, and not inputs of an operation. */
const OF_THE_CLI = ["--region", "--endpoint-url", "--query", "--output", "--cli-binary-format", "--profile"];
/** Inputs that the CLI calls otherwise than the API. */
const RENAMED: Readonly<Record<string, string>> = { "sns subscribe NotificationEndpoint": "Endpoint" };

/**
 * A TypeScript program that compiles if the service has this operation, with these inputs, and needs no others. A text in `<>`, the
 * content of a file and a payload can be anything. Throws an Error for what is not a command of the CLI.
 */
export function programOfAwsCommand(command: string): string {
  const words = wordsOf(command);
  const inputs = new Map<string, string | true>();
  const names: string[] = [];
  for (let index = 1; index < words.length; index += 1) {
    const [word = "", next] = [words[index], words[index + 1]];
    if (!word.startsWith("--")) names.push(word);
    else {
      const hasValue = next !== undefined && !next.startsWith("--");
      if (!OF_THE_CLI.includes(word)) inputs.set(pascalCase(word.slice(2)), hasValue ? next : true);
      if (hasValue) index += 1;
    }
  }
  const [service, operation = "", ...rest] = names;
  const isWait = operation === "wait";
  if (service === undefined || rest.length !== (isWait || operation === "invoke" ? 1 : 0))
    throw new Error(`This is not a service, an operation and its options: ${command}`);
  const client = `@aws-sdk/client-${service}`;
  const fields = [...inputs]
    .map(
      ([name, value]) => `${RENAMED[`${service} ${operation} ${name}`] ?? name}: ${literalOf(name, value)},`,
    )
    .join(" ");
  if (isWait)
    return `import { waitUntil${pascalCase(rest[0] ?? "")} as wait } from "${client}";
declare const given: never;
wait(given, { ${fields} });
`;
  const input = `${pascalCase(operation)}CommandInput`;
  return `import type { ${input} } from "${client}";
declare const given: never;
void ({ ${fields} } satisfies ${input}, given);
`;
}

function literalOf(name: string, value: string | true): string {
  if (value === true) return "true";
  return name === "Payload" || /^<[^>]*>$|^file:\/\//.test(value) ? "given" : JSON.stringify(value);
}

const pascalCase = (text: string) =>
  text.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** As a shell splits them. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/(?:[^\s"'<]|"[^"]*"|'[^']*'|<[^>]*>)+/g)].map(([word]) =>
    word.replaceAll(/["']/g, ""),
  );
