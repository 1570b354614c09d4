{ Shows the form of MailSettings.pas: settings FOLDER (the state folder; default: the library's own). }
program settings;

uses
  {$IFDEF FPC}{$IFDEF UNIX}cthreads, {$ENDIF}Interfaces, {$ENDIF}
  Forms, Dialogs, TillMail, TillMailJson, MailSettings;

var
  Mail: TTillMail;
  Form: TMailSettingsForm;

begin
  Application.Initialize;
  try
    Mail := TTillMail.Create;
    if ParamCount > 0 then
      Mail.Init('{"folder":' + MailJsonQuote(ParamStr(1)) + '}');
    Form := TMailSettingsForm.CreateFor(Mail);
    Form.ShowModal;
    Form.Free;
    Mail.Shutdown;
    Mail.Free;
  except
    on Failure: ETillMail do
      ShowMessage(Failure.Message);
  end;
end.
