//! Statistics: measures by five levels of region, drill to the records behind a figure.
