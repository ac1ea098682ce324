"""What the page in the browser shows of the last hour, as descriptions of charts; its own script draws them."""
