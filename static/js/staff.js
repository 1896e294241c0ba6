// What every page of the back-office runs, in this order; one file once collected (oms/static.py).
import "./popover.js";
import "./toast.js";
import "./dialog.js";
import "./files.js";
import "./fields.js";
import "./list.js";
import "./seen.js";
import "./keys.js";
import "./palette.js";
