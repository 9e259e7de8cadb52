/** The page as it is served: the laptop and what shows it. */

import { Laptop } from "./laptop.js";
import { LaptopView } from "./view.js";

const laptop = new Laptop();
const view = new LaptopView(laptop, document);
laptop.open(() => view.show(), () => view.waits()).catch((error) => view.fail(error));
