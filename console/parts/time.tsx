/** A time, in UTC as everywhere in this product. */
export function Time({ at }: { readonly at: number | string }) {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {iso.slice(5, 10)} {iso.slice(11, 23)}
    </time>
  );
}
