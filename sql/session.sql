-- purpose: settings of every engine session; UTC so that text of a timestamp never depends on the machine
set timezone = 'UTC';
set preserve_insertion_order = true;
