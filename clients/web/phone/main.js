/** The page as it is served: the phone and what shows it. */

import { Phone } from "./phone.js";
import { PhoneView } from "./view.js";

const phone = new Phone();
const view = new PhoneView(phone, document);
phone.open(() => view.show(), () => view.waits()).catch((error) => view.fail(error));
