/** Text of any length, such as a payload, in a part of its own that scrolls. */
export function ScrolledText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a mouse, it is scrolled by the keyboard
    <section class="scrolled" aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
