/** Sample data and a fresh start. */
export function SamplePart() {
  return null;
}
