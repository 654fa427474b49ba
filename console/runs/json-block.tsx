/** A value as JSON. */
export function JsonBlock({ label, value }: { readonly label: string; readonly value: unknown }) {
  const isEmpty = value === undefined || (typeof value === "object" && JSON.stringify(value) === "{}");
  return (
    <>
      <h3>{label}</h3>
      {isEmpty ? (
        <p class="quiet">None</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide value is scrolled by keyboard
        // biome-ignore lint/a11y/useSemanticElements: preformatted text has no element that is a region
        <pre tabIndex={0} role="region" aria-label={label}>
          {JSON.stringify(value, null, 2)}
        </pre>
      )}
    </>
  );
}
