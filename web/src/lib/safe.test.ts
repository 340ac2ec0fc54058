import { describe, expect, test } from "vitest";
import { safeHref, safeText } from "./safe";

describe("foreign text", () => {
  test("every bidirectional control is made visible", () => {
    for (const code of [0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]) {
      const c = String.fromCodePoint(code);
      expect(safeText(`a${c}b`)).toBe(`a‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›b`);
    }
  });
  test("no C0 or C1 control is left, whatever stands around it", () => {
    for (let code = 0; code < 0xa0; code += 1) {
      const text = safeText(`x${String.fromCodePoint(code)}y`);
      expect(text).toMatch(/^[ -~‹›\u00a0-]+$/);
    }
  });
  test("line breaks and tabs become one space", () => {
    expect(safeText("  one\r\n\ttwo ")).toBe("one two");
  });
  test("tag characters outside the basic plane are made visible", () => {
    expect(safeText("a\u{e0041}")).toBe("a‹U+E0041›");
  });
  test("letters of right-to-left languages, emoji and markup stay as they are", () => {
    expect(safeText("שלום 👩‍💻 <b>&amp;")).toBe("שלום 👩‍💻 <b>&amp;");
  });
  test("what is too long is cut and says so", () => {
    expect(safeText("x".repeat(5_000))).toHaveLength(1_001);
  });
});

describe("foreign addresses", () => {
  test.each([
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
    "vbscript:x", "file:///etc/passwd", "//evil.example/", "/relative", "http://", "https://user:pw@evil.example/",
    "https://user@evil.example/", "ftp://x.example", "", null, undefined,
  ])("%s becomes no link", (address) => {
    expect(safeHref(address)).toBeUndefined();
  });
  test("plain http and https addresses do", () => {
    expect(safeHref("https://forge.example/pull/1?a=b#c")).toBe("https://forge.example/pull/1?a=b#c");
    expect(safeHref("HTTP://forge.example")).toBe("http://forge.example/");
  });
});
