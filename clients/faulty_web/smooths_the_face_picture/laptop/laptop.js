export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async takeStill() {
    const picture = await createImageBitmap(await super.takeStill());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const face = [picture.width * 0.15, picture.height * 0.2, picture.width * 0.4, picture.height * 0.6];
    context.filter = "blur(1.5px)";
    context.drawImage(picture, ...face, ...face);
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  }
}
