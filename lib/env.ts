/** Reads the environment. A missing variable is reported by name and never has a default: a wrong table or queue must not go unnoticed. */

/** The value of environment variable `name`. Throws an Error that names it if it is missing or empty. */
export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(
      `Environment variable ${name} is not set. A grant of resources/grants.ts sets it for a function; .env.example lists the settings.`,
    );
  }
  return value;
}

/** The value of an optional environment variable. */
export function optionalEnv(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}
