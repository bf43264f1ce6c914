/** Images as text. */
import { ShapeError } from "../core/errors.ts";
import type { Tensor } from "../graph/tensor.ts";

/** From background to ink. */
const SHADES = " .:-=+*#%@";

/**
 * A grey image as text: two rows of pixels a line, because characters are twice as high as wide.
 *
 * @param image [height, width], [height, width, 1] or [1, height, width, 1]; the largest value is drawn darkest
 * @throws ShapeError on more than one image or channel
 * @example console.log(drawImage(test.x.slice(0, 1)))
 */
export function drawImage(image: Tensor): string {
  const extents =
    image.rank > 2 ? image.shape.filter((extent, axis) => !(extent === 1 && (axis === 0 || axis === image.rank - 1))) : image.shape;
  const [height, width] = extents;
  if (extents.length !== 2 || !height || !width)
    throw new ShapeError("drawImage", "draws one grey image [height, width]", { image });
  const pixels = image.data();
  let most = 0;
  for (const value of pixels) most = Math.max(most, value);
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = "";
    for (let column = 0; column < width; ++column) {
      const above = pixels[row * width + column]!;
      const below = row + 1 < height ? pixels[(row + 1) * width + column]! : above;
      const share = most > 0 ? (above + below) / 2 / most : 0;
      line += SHADES[Math.max(0, Math.round(share * (SHADES.length - 1)))];
    }
    lines.push(line.trimEnd());
  }
  return lines.join("\n");
}
