"""Stack Exchange: questions and answers on Stack Overflow and its sisters, heard; answered by hand."""
