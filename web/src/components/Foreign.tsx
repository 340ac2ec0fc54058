import { safeHref, safeText } from "../lib/safe";

/** Text that others wrote: shown as text, its direction kept to itself. */
export function Foreign({ text }: { text: string }) {
  return <bdi>{safeText(text)}</bdi>;
}

/** A link to an address that others wrote, or only the text where it is not plain http(s). */
export function ExternalLink({ href, text, className }: { href: string | null; text: string; className?: string }) {
  const safe = safeHref(href);
  if (safe === undefined) return <span className={className}><Foreign text={text} /></span>;
  return (
    <a className={className} href={safe} rel="noopener noreferrer nofollow" target="_blank">
      <Foreign text={text} />
    </a>
  );
}
